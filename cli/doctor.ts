// SPDX-License-Identifier: Apache-2.0
import type { Effects } from "./effects.ts";
import { UserError } from "./errors.ts";
import type { TextStyle } from "./textStyle.ts";
import { wrapTalk } from "./wrapTalk.ts";

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

/** Runs all checks at once and waits for each, so that none goes on alone; one that fails does not stop the others. */
export async function runChecks(checks: readonly Check[]): Promise<readonly Finding[]> {
  const runs = await Promise.allSettled(
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
  return runs.map((run) => {
    if (run.status === "rejected") throw run.reason;
    return run.value;
  });
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
      for (const finding of own) terminal.print(inWords(finding, sorted, terminal));
    }
  for (const { check, level, fix } of sorted)
    // What a command says elsewhere to whoever has not asked the doctor yet.
    for (const one of fix.filter((line) => line !== "claws doctor"))
      terminal.say(`claws: ${level === "warn" ? "warning" : "hint"}: ${check}: ${one}`);
}

/** One finding for people, broken where a terminal ends; what a fault above has said already is not said again. */
function inWords({ level, check, found }: Finding, all: readonly Finding[], terminal: Effects["terminal"]): string {
  const cause = all.find((other) => other.level === "fault" && `${NOT_LOOKED_AT}${other.found}` === found);
  const line = `  ${WORDS[level]}  ${check}: ${cause === undefined ? found : `${NOT_LOOKED_AT}see ${cause.check}`}`;
  const lines = terminal.canRedrawData ? wrapTalk(line, terminal.size.columns) : line;
  return lines.replace(WORDS[level], STYLES[level](terminal.style));
}

const NOT_LOOKED_AT = "not looked at: ";

const STYLES = {
  ok: (style: TextStyle) => style.ok,
  warn: (style: TextStyle) => style.strong,
  fault: (style: TextStyle) => style.bad,
} as const;
const WORDS = { ok: "ok   ", warn: "WARN ", fault: "FAULT" } as const;
