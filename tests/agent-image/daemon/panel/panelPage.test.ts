// SPDX-License-Identifier: Apache-2.0
// What the page shows in Chromium against the real daemon, and to whom.
import type { Page } from "playwright-core";
import { findBarriers } from "../../../support/chromium.ts";
import { button, panelWorld, tabTo } from "../../../support/panelWorld.ts";
import { OPERATOR } from "../../../support/testDaemon.ts";

const world = panelWorld();

describe("the panel", () => {
  it("shows the state, the keys and their use, and never a value", async () => {
    const page = await world.open();
    expect(await page.title()).toBe("a1 · Office Claws");
    expect(await page.locator("#state").innerText()).toMatch(/^Online, open\s+The workload can use the keys below\.$/);
    const rows = await page.locator("#keys tbody tr").allInnerTexts();
    expect(rows.map((row) => row.split(/\s*\n\s*|\t/).filter((text) => text !== ""))).toEqual([
      expect.arrayContaining([
        "anthropic",
        "7",
        "under a minute",
        expect.stringMatching(/^in (?:29|30) days$/),
        "0 of 500 requests",
        "0 of 2,000,000 tokens",
      ]),
      expect.arrayContaining([
        "openai",
        "1",
        "under a minute",
        expect.stringMatching(/^in (?:23 hours|1 day)$/),
        "0 requests",
        "tokens not counted",
      ]),
    ]);
    expect(await page.locator("#facts").innerText()).toContain(world.daemon.bootId);
    expect(await page.content()).not.toContain("canary");
  });

  it("asks its own daemon and nobody else, and breaks none of its own rules", async () => {
    const page = await world.open();
    await button(page, "Show entries").click();
    await button(page, "Older entries").waitFor();
    expect([...world.record.origins]).toEqual([world.origin]);
    // Chromium's note that this one header needs https; the guard does not need the header.
    expect(world.record.complaints.filter((text) => !text.startsWith("The Cross-Origin-Opener-Policy header"))).toEqual(
      [],
    );
  });

  it("keeps nothing in the browser", async () => {
    const page = await world.open();
    expect(await page.context().cookies()).toEqual([]);
    expect(await page.evaluate("[localStorage.length, sessionStorage.length]")).toEqual([0, 0]);
  });

  it("tells a sealed daemon apart, and names the keys of before", async () => {
    await world.daemon.call("POST", "/v1/wipe", {});
    const page = await world.open();
    expect(await page.locator("#state-word").innerText()).toBe("Online, sealed");
    expect(await page.locator("#keys").innerText()).toMatch(
      /holds no key\.\s+Held before, not now: anthropic, openai\.$/,
    );
  });

  it("says when the daemon is gone, and when it is not for this caller", async () => {
    world.whois = { ...OPERATOR, capability: [{ actions: ["status"], keys: ["*"] }] };
    const page = await world.open();
    for (const name of ["Rotate openai", "Revoke openai"]) {
      expect(await button(page, name).getAttribute("aria-disabled")).toBe("true");
    }
    expect(await button(page, "Restart…").isDisabled()).toBe(true);
    expect(await button(page, "Show entries").isDisabled()).toBe(true);
    world.whois = { ...OPERATOR, capability: [] };
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
    await page.getByText("access denied.").first().waitFor();
    expect(await page.locator("#state-word").innerText()).toBe("Refused");
  });

  it("opens from its address without the slash as nothing, so that relative paths cannot go astray", async () => {
    const page = await world.newPage();
    expect((await page.goto(`${world.origin}/panel`))?.status()).toBe(404);
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
      const page = await world.open({ colorScheme, viewport: sizes[size], reducedMotion: "reduce" });
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
    const page = await world.open();
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
    const page = await world.open({ viewport: sizes.narrow });
    expect(await page.getByRole("row").count()).toBe(3);
    expect(await page.getByRole("rowheader").allInnerTexts()).toEqual(["anthropic\nanthropic", "openai\nopenai"]);
  });

  it("are not in the focus: it can be seen on every control", async () => {
    const page = await world.open();
    for (const name of ["Rotate anthropic", "Revoke anthropic", "Restart…", "Show entries"]) {
      await tabTo(page, name);
      expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
    }
  });
});
