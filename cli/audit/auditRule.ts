// SPDX-License-Identifier: Apache-2.0
import type { StateResource } from "../stackState.ts";

/** A rule over the resources of a stack's state. */
export interface AuditRule {
  /** Words with hyphens; stable. */
  readonly id: string;
  /** What must hold, as a sentence. */
  readonly must: string;
  /** @returns what breaks the rule, a line each; nothing when it holds. Never a secret value. */
  readonly findBreaks: (resources: readonly StateResource[]) => readonly string[];
}

/** How one rule came out. */
export interface AuditResult {
  readonly rule: string;
  readonly must: string;
  readonly result: "holds" | "broken";
  readonly breaks: readonly string[];
}

/** Checks every rule. A rule that fails to run counts as broken. */
export function checkRules(rules: readonly AuditRule[], resources: readonly StateResource[]): readonly AuditResult[] {
  return rules.map(({ id, must, findBreaks }) => {
    const breaks = attempt(() => findBreaks(resources));
    return { rule: id, must, result: breaks.length === 0 ? "holds" : "broken", breaks };
  });
}

function attempt(find: () => readonly string[]): readonly string[] {
  try {
    return find();
  } catch {
    return ["the rule could not be checked"];
  }
}
