// SPDX-License-Identifier: Apache-2.0
import type { Effects } from "./effects.ts";
import { UserError } from "./errors.ts";
import type { TextStyle } from "./textStyle.ts";

/** What a check is about, in the order of the report. */
export const GROUPS = ["programs", "project", "DigitalOcean", "Tailscale", "this machine", "vault", "agents"] as const;

/** One of {@link GROUPS}. */
export type Group = (typeof GROUPS)[number];

/** Something that works and is not as it should be, or that could not be looked at. */
export interface Concern {
  readonly found: string;
  readonly fix: readonly string[];
}

/** One thing to look at: resolves with what was found, or with a concern; throws a UserError whose hints are the fix of a fault. */
export interface Check {
  readonly group: Group;
  readonly title: string;
  readonly run: () => Promise<string | Concern>;
}

/** How a check came out, and the form of `claws doctor --json`. */
export interface Finding {
  readonly group: Group;
  readonly check: string;
  readonly level: "ok" | "warn" | "fault";
  readonly found: string;
  readonly fix: readonly string[];
}

/** What is not as it should be, and what to do about it. */
export function concern(found: string, ...fix: readonly string[]): Concern {
  return { found, fix };
}

/** Runs all checks at once; one that fails does not stop the others. */
export async function runChecks(checks: readonly Check[]): Promise<readonly Finding[]> {
  return await Promise.all(
    checks.map(async ({ group, title, run }): Promise<Finding> => {
      try {
        const found = await run();
        if (typeof found === "string") return { group, check: title, level: "ok", found, fix: [] };
        return { group, check: title, level: "warn", ...found };
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return { group, check: title, level: "fault", found: error.message, fix: error.hints };
      }
    }),
  );
}

/** Prints the findings by group, or as JSON, and the fixes on stderr. */
export function reportFindings(
  findings: readonly Finding[],
  { terminal }: Pick<Effects, "terminal">,
  json: boolean,
): void {
  const sorted = GROUPS.flatMap((group) => findings.filter((finding) => finding.group === group));
  if (json) terminal.print(JSON.stringify(sorted));
  else
    for (const group of GROUPS) {
      const own = sorted.filter((finding) => finding.group === group);
      if (own.length > 0) terminal.print(terminal.style.strong(group));
      for (const { level, check, found } of own)
        terminal.print(`  ${STYLES[level](terminal.style)(WORDS[level])}  ${check}: ${found}`);
    }
  for (const { check, level, fix } of sorted)
    for (const one of fix) terminal.say(`claws: ${level === "warn" ? "warning" : "hint"}: ${check}: ${one}`);
}

const STYLES = {
  ok: (style: TextStyle) => style.ok,
  warn: (style: TextStyle) => style.strong,
  fault: (style: TextStyle) => style.bad,
} as const;
const WORDS = { ok: "ok   ", warn: "WARN ", fault: "FAULT" } as const;
