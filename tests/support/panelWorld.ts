// SPDX-License-Identifier: Apache-2.0
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import type { Whois } from "../../agent-image/daemon/whois.ts";
import { launchChromium, recordPage, type PageRecord } from "./chromium.ts";
import { OPERATOR, startTestDaemon, type TestDaemon } from "./testDaemon.ts";

const DAY = 24 * 60 * 60_000;
const NAME = "a1.lab.example";

/** A key as the daemon's status tells it. */
export interface KeyView {
  readonly name: string;
  readonly active: number | null;
  readonly versions: readonly { readonly version: number; readonly fingerprint: string }[];
}

/** A daemon with two keys and a browser for its panel, new for each test. */
export interface PanelWorld {
  readonly daemon: TestDaemon;
  /** Where the browser finds the panel's daemon. */
  readonly origin: string;
  /** Who calls, from now on. */
  whois: Whois;
  /** What the last opened page asked for and complained about. */
  readonly record: PageRecord;
  /** A page that has not been anywhere. */
  newPage(options?: BrowserContextOptions): Promise<Page>;
  /** Opens the panel of this daemon, or of another, and waits until it shows the keys. */
  open(options?: BrowserContextOptions, other?: TestDaemon): Promise<Page>;
  put(name: string, version: number, more?: object): Promise<void>;
  /** Action, key, version and allowed of each audit entry after the start and the two puts. */
  recorded(): Promise<readonly unknown[]>;
  heldKeys(): Promise<readonly KeyView[]>;
}

/**
 * Sets the world up around each test of a file; call it once, at the top. The daemon's name leads to loopback in this browser only: unlike
 * 127.0.0.1 it is no trustworthy origin to the browser, just as a tailnet address is none.
 */
export function panelWorld(): PanelWorld {
  let browser: Browser;
  let daemon: TestDaemon;
  let record: PageRecord;
  const originOf = ({ url }: TestDaemon): string => `http://${NAME}:${new URL(url).port}`;
  const world: PanelWorld = {
    whois: OPERATOR,
    get daemon() {
      return daemon;
    },
    get origin() {
      return originOf(daemon);
    },
    get record() {
      return record;
    },
    newPage: async (options = {}) => (await browser.newContext(options)).newPage(),
    async open(options = {}, other = daemon) {
      const page = await world.newPage(options);
      record = recordPage(page);
      await page.goto(`${originOf(other)}/panel/`);
      await page.locator("#facts dd").first().waitFor();
      return page;
    },
    async put(name, version, more = {}) {
      const body = { name, provider: name, version, value: `sk-canary-${name}-${version}`, ...more };
      const { status } = await daemon.call("POST", "/v1/keys/put", body);
      if (status !== 200) throw new Error(`the daemon did not take a key: ${status}`);
    },
    async recorded() {
      const entries = (await daemon.audit()).slice(3);
      return entries.map(({ action, key, version, allowed }) => [action, key, version, allowed]);
    },
    heldKeys: async () => ((await daemon.call("GET", "/v1/status")).body as { readonly keys: readonly KeyView[] }).keys,
  };

  beforeAll(async () => {
    browser = await launchChromium({ names: [NAME] });
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    world.whois = OPERATOR;
    daemon = await startTestDaemon({ whois: () => Promise.resolve(world.whois) });
    await world.put("anthropic", 7, { limits: { requestsPerDay: 500, tokensPerDay: 2_000_000 } });
    await world.put("openai", 1, { notAfter: new Date(Date.now() + DAY).toISOString() });
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    await daemon.stop();
  });
  return world;
}

/** The button of exactly this name. */
export const button = (page: Page, name: string): Locator => page.getByRole("button", { name, exact: true });

/** Presses Tab until the control of this name has the focus, as somebody without a mouse does. @throws Error when it never has */
export async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 40; presses += 1) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate<string>(
      "document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? ''",
    );
    if (focused.trim() === name) return;
  }
  throw new Error(`no way to "${name}" by keyboard`);
}

/** Waits until the control that the panel calls so has the focus. */
export const waitForFocus = (page: Page, focus: string): Promise<unknown> =>
  page.waitForFunction(`document.activeElement?.dataset?.focus === ${JSON.stringify(focus)}`);
