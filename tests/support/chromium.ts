// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { access } from "node:fs/promises";
import { createRequire } from "node:module";
import { chromium, type Browser, type Page } from "playwright-core";

/** Debian's browser; scripts/systemPackages.mjs names its package. */
export const CHROMIUM = "/usr/bin/chromium";

/** How the browser is started. */
export interface ChromiumOptions {
  /** Names that lead to 127.0.0.1 in this browser. */
  readonly names?: readonly string[];
  /** Program to start in the place of {@link CHROMIUM}. */
  readonly program?: string;
}

// Nothing here may ask its maker's machines for anything.
const QUIET = [
  ...["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
  // Nor may a proxy of whoever runs the tests stand between it and loopback.
  ...[
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
  ],
];

/** Starts a headless Chromium. @throws Error where there is none: a test of the page that does not run would prove nothing */
export async function launchChromium({ names = [], program = CHROMIUM }: ChromiumOptions = {}): Promise<Browser> {
  await access(CHROMIUM).catch((cause: unknown) => {
    throw new Error(`cannot test the panel: there is no ${CHROMIUM}; install the package chromium`, { cause });
  });
  const rules = [...names.map((name) => `MAP ${name} 127.0.0.1`), "EXCLUDE localhost"].join(",");
  const args = names.length === 0 ? QUIET : [...QUIET, `--host-resolver-rules=${rules}`];
  return chromium.launch({ executablePath: program, args, env: { ...process.env, NODE_OPTIONS: undefined } });
}

/** What a page asked for and complained about. */
export interface PageRecord {
  /** Origins of all requests, each once. */
  readonly origins: ReadonlySet<string>;
  /** What was written to the console as an error or a warning, and what was thrown. */
  readonly complaints: readonly string[];
}

/** Records from now on. Breaches of the content security policy are errors on the console. */
export function recordPage(page: Page): PageRecord {
  const origins = new Set<string>();
  const complaints: string[] = [];
  page.on("request", (request) => origins.add(new URL(request.url()).origin));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  return { origins, complaints };
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface AxeRule {
  readonly id: string;
  readonly nodes: readonly { readonly html: string }[];
}

/** Looks for everything that axe-core knows to be a barrier, as `rule: markup`. @throws Error when it did not even look at contrasts */
export async function findBarriers(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate<{
    readonly violations: readonly AxeRule[];
    readonly passes: readonly AxeRule[];
  }>('axe.run(document, { resultTypes: ["violations", "passes"] })');
  if (!passes.some(({ id }) => id === "color-contrast")) throw new Error("no contrast was measured");
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
