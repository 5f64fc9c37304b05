// SPDX-License-Identifier: Apache-2.0
// The page in Chromium against the real daemon. The daemon's name leads to loopback in this browser only: unlike 127.0.0.1 it is no
// trustworthy origin to the browser, just as a tailnet address is none.
import { jest } from "@jest/globals";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { readdir } from "node:fs/promises";
import type { Whois } from "../../../../agent-image/daemon/whois.ts";
import { findBarriers, launchChromium, recordPage, type PageRecord } from "../../../support/chromium.ts";
import { startSealedDaemon, type SealedDaemon } from "../../../support/sealedDaemon.ts";
import { OPERATOR, startTestDaemon, type TestDaemon } from "../../../support/testDaemon.ts";

jest.setTimeout(60_000);

const DAY = 24 * 60 * 60_000;
const NAME = "a1.lab.example";

let browser: Browser;
let daemon: TestDaemon;
let origin: string;
let whois: Whois;
let record: PageRecord;

beforeAll(async () => {
  browser = await launchChromium({ names: [NAME] });
});
afterAll(() => browser.close());

beforeEach(async () => {
  whois = OPERATOR;
  daemon = await startTestDaemon({ whois: () => Promise.resolve(whois) });
  origin = `http://${NAME}:${new URL(daemon.url).port}`;
  await put("anthropic", 7, { limits: { requestsPerDay: 500, tokensPerDay: 2_000_000 } });
  await put("openai", 1, { notAfter: new Date(Date.now() + DAY).toISOString() });
});
afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
  await daemon.stop();
});

async function put(name: string, version: number, more: object = {}): Promise<void> {
  const body = { name, provider: name, version, value: `sk-canary-${name}-${version}`, ...more };
  expect((await daemon.call("POST", "/v1/keys/put", body)).status).toBe(200);
}

/** Opens the panel and waits until it shows the keys. */
async function open(options: BrowserContextOptions = {}, path = "/panel/"): Promise<Page> {
  const page = await (await browser.newContext(options)).newPage();
  record = recordPage(page);
  await page.goto(origin + path);
  await page.locator("#facts dd").first().waitFor();
  return page;
}

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
/** Presses Tab until the control of this name has the focus, as somebody without a mouse does. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate<string>(
      "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? ''",
    );
    if (focused.trim() === name) return;
  }
  throw new Error(`no way to "${name}" by keyboard`);
}
const waitForFocus = (page: Page, focus: string): Promise<unknown> =>
  page.waitForFunction(`document.activeElement?.dataset?.focus === ${JSON.stringify(focus)}`);

async function recorded(): Promise<readonly unknown[]> {
  const entries = (await daemon.audit()).slice(3);
  return entries.map(({ action, key, version, allowed }) => [action, key, version, allowed]);
}

interface KeyView {
  readonly name: string;
  readonly active: number | null;
  readonly versions: readonly { readonly version: number; readonly fingerprint: string }[];
}
async function heldKeys(): Promise<readonly KeyView[]> {
  return ((await daemon.call("GET", "/v1/status")).body as { readonly keys: readonly KeyView[] }).keys;
}

describe("the panel", () => {
  it("shows the state, the keys and their use, and never a value", async () => {
    const page = await open();
    expect(await page.title()).toBe("a1 · Office Claws");
    expect(await page.locator("#state").innerText()).toMatch(/^Online, open\s+The workload can use the keys below\.$/);
    const rows = await page.locator("#keys tbody tr").allInnerTexts();
    expect(rows.map((row) => row.split(/\s*\n\s*|\t/).filter((text) => text !== ""))).toEqual([
      expect.arrayContaining([
        "anthropic",
        "7",
        "under a minute",
        "in 29 days",
        "0 of 500 requests",
        "0 of 2,000,000 tokens",
      ]),
      expect.arrayContaining(["openai", "1", "under a minute", "in 23 hours", "0 requests", "0 tokens"]),
    ]);
    expect(await page.locator("#facts").innerText()).toContain(daemon.bootId);
    expect(await page.content()).not.toContain("canary");
  });

  it("asks its own daemon and nobody else, and breaks none of its own rules", async () => {
    const page = await open();
    await button(page, "Show entries").click();
    await button(page, "Older entries").waitFor();
    expect([...record.origins]).toEqual([origin]);
    // Chromium's note that this one header needs https; the guard does not need the header.
    expect(record.complaints.filter((text) => !text.startsWith("The Cross-Origin-Opener-Policy header"))).toEqual([]);
  });

  it("keeps nothing in the browser", async () => {
    const page = await open();
    expect(await page.context().cookies()).toEqual([]);
    expect(await page.evaluate("[localStorage.length, sessionStorage.length]")).toEqual([0, 0]);
  });

  it("tells a sealed daemon apart, and names the keys of before", async () => {
    await daemon.call("POST", "/v1/wipe", {});
    const page = await open();
    expect(await page.locator("#state-word").innerText()).toBe("Online, sealed");
    expect(await page.locator("#keys").innerText()).toMatch(
      /holds no key\.\s+Held before, not now: anthropic, openai\.$/,
    );
  });

  it("says when the daemon is gone, and when it is not for this caller", async () => {
    whois = { ...OPERATOR, capability: [{ actions: ["status"], keys: ["*"] }] };
    const page = await open();
    for (const name of ["Rotate openai", "Revoke openai"]) {
      expect(await button(page, name).getAttribute("aria-disabled")).toBe("true");
    }
    expect(await button(page, "Restart…").isDisabled()).toBe(true);
    expect(await button(page, "Show entries").isDisabled()).toBe(true);
    whois = { ...OPERATOR, capability: [] };
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await page.getByText("access denied.").first().waitFor();
    expect(await page.locator("#state-word").innerText()).toBe("Refused");
  });

  it("opens from its address without the slash as nothing, so that relative paths cannot go astray", async () => {
    const page = await (await browser.newContext()).newPage();
    expect((await page.goto(`${origin}/panel`))?.status()).toBe(404);
  });
});

describe("barriers", () => {
  const sizes = { wide: { width: 1200, height: 900 }, narrow: { width: 320, height: 640 } };
  it.each([
    ["light", "wide"],
    ["light", "narrow"],
    ["dark", "wide"],
    ["dark", "narrow"],
  ] as const)(
    "are none that axe-core knows, %s and %s, dialogs too",
    async (colorScheme, size) => {
      const page = await open({ colorScheme, viewport: sizes[size], reducedMotion: "reduce" });
      await button(page, "Show entries").click();
      await button(page, "Older entries").waitFor();
      expect(await findBarriers(page)).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
      for (const name of ["Rotate openai", "Revoke openai", "Restart…"]) {
        await button(page, name).click();
        expect(await findBarriers(page)).toEqual([]);
        await page.keyboard.press("Escape");
        await page.locator("dialog[open]").waitFor({ state: "detached" });
      }
      await button(page, "Rotate openai").click();
      await page.keyboard.press("Enter");
      expect(await page.locator("#rotate-error").innerText()).toBe("Type the new value.");
      expect(await findBarriers(page)).toEqual([]);
      await page.keyboard.type("sk-canary-typed");
      await page.keyboard.press("Enter");
      await page.getByText("openai is rotated").waitFor();
      expect(await findBarriers(page)).toEqual([]);
    },
    60_000,
  );

  it("are not in the structure: landmarks, one first heading, captions, names and a way past the header", async () => {
    const page = await open();
    const count = (role: Parameters<Page["getByRole"]>[0]): Promise<number> => page.getByRole(role).count();
    expect(await Promise.all([count("banner"), count("main"), count("contentinfo")])).toEqual([1, 1, 1]);
    expect(await page.getByRole("heading", { level: 1 }).allInnerTexts()).toEqual(["a1"]);
    expect(await page.getByRole("table", { name: "Keys that this agent holds in memory" }).count()).toBe(1);
    expect(await page.getByRole("region").count()).toBe(4);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("content");
  });

  it("are not in the narrow form: a table stays a table", async () => {
    const page = await open({ viewport: sizes.narrow });
    expect(await page.getByRole("row").count()).toBe(3);
    expect(await page.getByRole("rowheader").allInnerTexts()).toEqual(["anthropic\nanthropic", "openai\nopenai"]);
  });

  it("are not in the focus: it can be seen on every control", async () => {
    const page = await open();
    for (const name of ["Rotate anthropic", "Revoke anthropic", "Restart…", "Show entries"]) {
      await tabTo(page, name);
      expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    }
  });
});

describe("a rotation by keyboard alone", () => {
  it("puts the new version, activates it, revokes the old one and shows the receipt", async () => {
    const page = await open();
    await tabTo(page, "Rotate openai");
    await page.keyboard.press("Enter");
    await page.keyboard.type("sk-canary-by-hand");
    await page.keyboard.press("Enter");
    await page.getByText("openai is rotated").waitFor();
    expect(await page.evaluate("document.activeElement.id")).toBe("rotate-done-title");

    const key = (await heldKeys()).find(({ name }) => name === "openai");
    expect(key).toMatchObject({ active: 2, versions: [{ version: 2 }] });
    const receipt = await page.locator("#rotate-receipt").innerText();
    expect(receipt.split(/\s*\n\s*/)).toEqual([
      ...["Active version", "2", "Fingerprint", key?.versions[0]?.fingerprint ?? "", "Audit entries", "4, 5, 6"],
    ]);
    expect(await recorded()).toEqual([
      ["put", "openai", 2, true],
      ["activate", "openai", 2, true],
      ["revoke", "openai", 1, true],
    ]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await waitForFocus(page, "rotate openai");
    expect(await page.locator("#live").innerText()).toBe("Version 2 of openai is active.");
    expect(await page.locator("#keys tbody tr").nth(1).innerText()).toMatch(/^openai\s+openai\s+2\s/);
  });

  it("forgets a typed value when the dialog closes", async () => {
    const page = await open();
    await button(page, "Rotate openai").click();
    await page.keyboard.type("sk-canary-typed");
    await page.keyboard.press("Escape");
    await waitForFocus(page, "rotate openai");
    await button(page, "Rotate openai").click();
    expect(await page.locator("#rotate-value").inputValue()).toBe("");
    expect(await recorded()).toEqual([]);
  });

  it("that the daemon refuses says why, keeps the old version and asks again", async () => {
    const page = await open();
    await button(page, "Rotate openai").click();
    await put("openai", 5);
    await page.keyboard.type("sk-canary-late");
    await page.keyboard.press("Enter");
    await page.getByText("Not rotated: a higher version of this key has been seen").waitFor();
    expect(await page.locator("#rotate-error").innerText()).toMatch(/\(version 5 by laptop\.lab\.example\)/);
    expect(await page.evaluate("document.activeElement.id")).toBe("rotate-value");
    expect(await page.locator("#rotate-value").inputValue()).toBe("");
    expect((await heldKeys())[1]).toMatchObject({ name: "openai", active: 1 });
  });

  it("goes on after the token is over, without asking anybody", async () => {
    const page = await open();
    await daemon.call("GET", "/v1/status");
    // Eight further pages of the same node push this page's token out.
    for (let pages = 0; pages < 8; pages += 1) {
      await page.evaluate(
        "fetch('/panel/session', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }).then((r) => r.json())",
      );
    }
    await button(page, "Rotate openai").click();
    await page.keyboard.type("sk-canary-after");
    await page.keyboard.press("Enter");
    await page.getByText("openai is rotated").waitFor();
    expect((await heldKeys())[1]).toMatchObject({ name: "openai", active: 2 });
  });
});

describe("a revocation by keyboard alone", () => {
  it("asks first, with the harmless button in focus, and breaks requests off only if told to", async () => {
    const page = await open();
    await tabTo(page, "Revoke openai");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Cancel");
    await page.keyboard.press("Enter");
    await waitForFocus(page, "revoke openai");
    expect(await recorded()).toEqual([]);

    await page.keyboard.press("Enter");
    const sent = page.waitForRequest(/\/panel\/v1\/keys\/revoke$/);
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("ArrowDown");
    await tabTo(page, "Revoke");
    await page.keyboard.press("Enter");
    expect((await sent).postDataJSON()).toEqual({ name: "openai", now: true });
    await page.getByText("openai is revoked. Audit entry 4.").first().waitFor();
    expect((await heldKeys()).map(({ name }) => name)).toEqual(["anthropic"]);
  });

  it("can take a version that is not active and leave the key", async () => {
    await put("openai", 2);
    const page = await open();
    await button(page, "Revoke openai").click();
    await page.getByLabel("Version 2 only, which is not active").check();
    await page.getByRole("button", { name: "Revoke", exact: true }).click();
    await page.getByText("Version 2 of openai is revoked. Audit entry 5.").first().waitFor();
    expect((await heldKeys())[1]).toMatchObject({ name: "openai", active: 1, versions: [{ version: 1 }] });
  });
});

describe("a restart of the workload", () => {
  it("is asked for after a question, and its audit entry shown", async () => {
    const page = await open();
    await button(page, "Restart…").click();
    await page.getByRole("button", { name: "Restart", exact: true }).click();
    await page.getByText("The restart is under way. Audit entry 4.").first().waitFor();
    expect(await readdir(daemon.stateFolder)).toContain("restart-workload");
    await waitForFocus(page, "restart");
  });
});

describe("the audit view", () => {
  it("shows the newest entries first and turns pages", async () => {
    for (let version = 2; version <= 14; version += 1) await put("openai", version);
    for (let version = 2; version <= 14; version += 1)
      await daemon.call("POST", "/v1/keys/revoke", { name: "openai", version });
    const page = await open();
    const first = (): Promise<string> => page.locator("#audit tbody th").first().innerText();
    await button(page, "Show entries").click();
    await page.getByText("Entries 5 to 29 of 29").waitFor();
    expect(await first()).toBe("29");
    expect(await page.locator("#audit tbody tr").first().innerText()).toMatch(
      /op@lab\.example[^]*revoke openai version 14[^]*done/,
    );
    await button(page, "Older entries").click();
    await page.getByText(/^Entries 1 to 4 of/).waitFor();
    await waitForFocus(page, "audit older");
    expect(await first()).toBe("4");
  });
});

describe("where pushes have to be sealed", () => {
  let sealed: SealedDaemon;

  beforeEach(async () => {
    sealed = await startSealedDaemon();
    origin = `http://${NAME}:${new URL(sealed.daemon.url).port}`;
    await sealed.put("openai", 1, "sk-canary-sealed");
  });
  afterEach(() => sealed.stop());

  it("rotating is off with its reason, without a barrier, and nothing is sent", async () => {
    const page = await open();
    const rotate = button(page, "Rotate openai");
    expect(await rotate.getAttribute("aria-disabled")).toBe("true");
    expect(await rotate.getAttribute("aria-describedby")).toBe("hindrance");
    expect(await page.locator("#hindrance").innerText()).toMatch(/Rotate with: claws keys rotate$/);
    expect(await findBarriers(page)).toEqual([]);
    await rotate.click({ force: true });
    await rotate.press("Enter");
    expect(await page.locator("dialog[open]").count()).toBe(0);
  });

  it("the daemon refuses a value from a page that tries all the same", async () => {
    const page = await open();
    const reply = await page.evaluate(`(async () => {
      const headers = { "content-type": "application/json" };
      const { token } = await (await fetch("/panel/session", { method: "POST", headers, body: "{}" })).json();
      const body = JSON.stringify({ name: "openai", provider: "openai", version: 2, value: "sk-canary-plain" });
      const put = { method: "POST", headers: { ...headers, "claws-panel-token": token }, body };
      return (await (await fetch("/panel/v1/keys/put", put)).json()).code;
    })()`);
    expect(reply).toBe("sealed-push-required");
  });

  it("revoking works", async () => {
    const page = await open();
    await button(page, "Revoke openai").click();
    await page.getByRole("button", { name: "Revoke", exact: true }).click();
    await page.getByText("openai is revoked.").first().waitFor();
    expect((await sealed.daemon.call("GET", "/v1/status")).body).toMatchObject({ state: "sealed", keys: [] });
  });
});
