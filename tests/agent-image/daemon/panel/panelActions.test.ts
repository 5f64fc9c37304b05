// SPDX-License-Identifier: Apache-2.0
// What an operator does on the page in Chromium, and what the real daemon then holds and has written down.
import { readdir } from "node:fs/promises";
import { findBarriers } from "../../../support/chromium.ts";
import { button, panelWorld, tabTo, waitForFocus } from "../../../support/panelWorld.ts";
import { startSealedDaemon, type SealedDaemon } from "../../../support/sealedDaemon.ts";

const world = panelWorld();

describe("a rotation by keyboard alone", () => {
  it("puts the new version, activates it, revokes the old one and shows the receipt", async () => {
    const page = await world.open();
    await tabTo(page, "Rotate openai");
    await page.keyboard.press("Enter");
    await page.keyboard.type("sk-canary-by-hand");
    await page.keyboard.press("Enter");
    await page.getByText("openai is rotated").waitFor();
    expect(await page.evaluate("document.activeElement.id")).toBe("rotate-done-title");

    const key = (await world.heldKeys()).find(({ name }) => name === "openai");
    expect(key).toMatchObject({ active: 2, versions: [{ version: 2 }] });
    const receipt = await page.locator("#rotate-receipt").innerText();
    expect(receipt.split(/\s*\n\s*/)).toEqual([
      ...["Active version", "2", "Fingerprint", key?.versions[0]?.fingerprint ?? "", "Audit entries", "4, 5, 6"],
    ]);
    expect(await world.recorded()).toEqual([
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
    const page = await world.open();
    await button(page, "Rotate openai").click();
    await page.keyboard.type("sk-canary-typed");
    await page.keyboard.press("Escape");
    await waitForFocus(page, "rotate openai");
    await button(page, "Rotate openai").click();
    expect(await page.locator("#rotate-value").inputValue()).toBe("");
    expect(await world.recorded()).toEqual([]);
  });

  it("that the daemon refuses says why, keeps the old version and asks again", async () => {
    const page = await world.open();
    await button(page, "Rotate openai").click();
    await world.put("openai", 5);
    await page.keyboard.type("sk-canary-late");
    await page.keyboard.press("Enter");
    await page.getByText("Not rotated: a higher version of this key has been seen").waitFor();
    expect(await page.locator("#rotate-error").innerText()).toMatch(/\(version 5 by laptop\.lab\.example\)/);
    expect(await page.evaluate("document.activeElement.id")).toBe("rotate-value");
    expect(await page.locator("#rotate-value").inputValue()).toBe("");
    expect((await world.heldKeys())[1]).toMatchObject({ name: "openai", active: 1 });
  });

  it("goes on after the token is over, without asking anybody", async () => {
    const page = await world.open();
    await world.daemon.call("GET", "/v1/status");
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
    expect((await world.heldKeys())[1]).toMatchObject({ name: "openai", active: 2 });
  });
});

describe("a revocation by keyboard alone", () => {
  it("asks first, with the harmless button in focus, and breaks requests off only if told to", async () => {
    const page = await world.open();
    await tabTo(page, "Revoke openai");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Cancel");
    await page.keyboard.press("Enter");
    await waitForFocus(page, "revoke openai");
    expect(await world.recorded()).toEqual([]);

    await page.keyboard.press("Enter");
    const sent = page.waitForRequest(/\/panel\/v1\/keys\/revoke$/);
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("ArrowDown");
    await tabTo(page, "Revoke");
    await page.keyboard.press("Enter");
    expect((await sent).postDataJSON()).toEqual({ name: "openai", now: true });
    await page.getByText("openai is revoked. Audit entry 4.").first().waitFor();
    expect((await world.heldKeys()).map(({ name }) => name)).toEqual(["anthropic"]);
  });

  it("can take a version that is not active and leave the key", async () => {
    await world.put("openai", 2);
    const page = await world.open();
    await button(page, "Revoke openai").click();
    await page.getByLabel("Version 2 only, which is not active").check();
    await page.getByRole("button", { name: "Revoke", exact: true }).click();
    await page.getByText("Version 2 of openai is revoked. Audit entry 5.").first().waitFor();
    expect((await world.heldKeys())[1]).toMatchObject({ name: "openai", active: 1, versions: [{ version: 1 }] });
  });
});

describe("a restart of the workload", () => {
  it("is asked for after a question, and its audit entry shown", async () => {
    const page = await world.open();
    await button(page, "Restart…").click();
    await page.getByRole("button", { name: "Restart", exact: true }).click();
    await page.getByText("The restart is under way. Audit entry 4.").first().waitFor();
    expect(await readdir(world.daemon.stateFolder)).toContain("restart-workload");
    await waitForFocus(page, "restart");
  });
});

describe("the audit view", () => {
  it("shows the newest entries first and turns pages", async () => {
    for (let version = 2; version <= 14; version += 1) await world.put("openai", version);
    for (let version = 2; version <= 14; version += 1)
      await world.daemon.call("POST", "/v1/keys/revoke", { name: "openai", version });
    const page = await world.open();
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
    await sealed.put("openai", 1, "sk-canary-sealed");
  });
  afterEach(() => sealed.stop());

  it("rotating is off with its reason, without a barrier, and nothing is sent", async () => {
    const page = await world.open({}, sealed.daemon);
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
    const page = await world.open({}, sealed.daemon);
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
    const page = await world.open({}, sealed.daemon);
    await button(page, "Revoke openai").click();
    await page.getByRole("button", { name: "Revoke", exact: true }).click();
    await page.getByText("openai is revoked.").first().waitFor();
    expect((await sealed.daemon.call("GET", "/v1/status")).body).toMatchObject({ state: "sealed", keys: [] });
  });
});
