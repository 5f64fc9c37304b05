// SPDX-License-Identifier: Apache-2.0
import type { Effects } from "./effects.ts";
import { UserError } from "./errors.ts";

/** One thing to look at: resolves with what was found, throws a UserError whose hints are the fix. */
export interface Check {
  readonly title: string;
  readonly run: () => Promise<string>;
}

/** How a check came out. */
export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly found: string;
  readonly fix: readonly string[];
}

/** Runs all checks at once; one that fails does not stop the others. */
export async function runChecks(checks: readonly Check[]): Promise<readonly Finding[]> {
  return await Promise.all(
    checks.map(async ({ title, run }): Promise<Finding> => {
      try {
        return { check: title, ok: true, found: await run(), fix: [] };
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        return { check: title, ok: false, found: error.message, fix: error.hints };
      }
    }),
  );
}

/** Prints the findings as a table, or as JSON, and the fixes on stderr. */
export function reportFindings(
  findings: readonly Finding[],
  { terminal }: Pick<Effects, "terminal">,
  json: boolean,
): void {
  if (json) terminal.print(JSON.stringify(findings));
  else for (const { check, ok, found } of findings) terminal.print(`${ok ? "ok    " : "FAULT "} ${check}: ${found}`);
  for (const { check, fix } of findings) for (const one of fix) terminal.say(`claws: hint: ${check}: ${one}`);
}
