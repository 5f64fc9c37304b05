// SPDX-License-Identifier: Apache-2.0
import type { Effects } from "../effects.ts";
import { ExitCode, failure, UserError } from "../errors.ts";
import { renderTailnetPolicy, type PolicyRequest } from "../tailnetPolicy.ts";
import { plainValue } from "./hujson.ts";
import { lineDiff } from "./lineDiff.ts";
import { mergePolicy, parsePolicy } from "./mergePolicy.ts";
import { findPolicyRisks } from "./policyRisks.ts";
import type { LivePolicy } from "./policyApi.ts";
import { askYesOrNo } from "../yesOrNo.ts";

/** What is wanted of the policy, and how it is said. */
export interface PolicyTask {
  readonly request: PolicyRequest;
  readonly withTests: boolean;
  readonly json: boolean;
}

/** The live policy beside what the agents need. */
export interface PolicyComparison {
  readonly live: LivePolicy;
  /** The live text with what it lacked. */
  readonly merged: string;
  readonly missing: readonly string[];
  readonly risks: readonly string[];
}

type PolicyEffects = Pick<Effects, "policyApi" | "terminal" | "ask">;

/** Compares. Nothing is changed. */
export async function comparePolicy(
  { request, withTests }: PolicyTask,
  effects: PolicyEffects,
): Promise<PolicyComparison> {
  const { tests, sshTests, ...rules } = renderTailnetPolicy(request);
  const ours = withTests ? { ...rules, tests, sshTests } : rules;
  const live = await (await effects.policyApi()).read();
  const { text: merged, missing } = mergePolicy(live.text, ours);
  const risks = findPolicyRisks(plainValue(parsePolicy(live.text)), request.tag, ours);
  return { live, merged, missing, risks };
}

/** `claws tailnet policy diff`: 0 when the agents have what they need and nothing more, else 4. */
export async function diffPolicy(task: PolicyTask, effects: PolicyEffects): Promise<ExitCode> {
  const { terminal } = effects;
  const { live, merged, missing, risks } = await comparePolicy(task, effects);
  if (task.json) terminal.print(JSON.stringify({ missing, risks }));
  else {
    if (missing.length > 0) terminal.print(lineDiff(live.text, merged).join("\n"));
    sayRisks(risks, terminal);
    terminal.notice(summary(missing.length, risks.length));
    if (missing.length > 0) terminal.notice("add what is missing: claws tailnet policy apply, with the same options");
  }
  return missing.length + risks.length === 0 ? ExitCode.done : ExitCode.policy;
}

/** `claws tailnet policy apply`: adds what is missing once Tailscale itself has checked it, unless somebody changes the policy meanwhile. */
export async function applyPolicy(task: PolicyTask, yes: boolean, effects: PolicyEffects): Promise<ExitCode> {
  const { terminal } = effects;
  const { live, merged, missing, risks } = await comparePolicy(task, effects);
  const finish = (applied: boolean): ExitCode => {
    if (task.json) terminal.print(JSON.stringify({ applied, missing, risks }));
    else sayRisks(risks, terminal);
    return ExitCode.done;
  };
  if (missing.length === 0) {
    terminal.notice("the tailnet's policy has all that the agents need; nothing to do");
    return finish(false);
  }
  if (!task.json) terminal.print(lineDiff(live.text, merged).join("\n"));
  const api = await effects.policyApi();
  const problems = await api.validate(merged);
  if (problems.length > 0)
    throw failure(
      `Tailscale refuses the policy with these additions: ${problems.join("; ")}`,
      "nothing was written",
      "a test that fails shows a grant of too much: claws tailnet policy diff names them",
    );
  await confirm(missing.length, yes, effects);
  await api.replace(merged, live.version);
  terminal.notice(`added ${missing.length === 1 ? "one entry" : `${missing.length} entries`} to the tailnet's policy`);
  return finish(true);
}

async function confirm(count: number, yes: boolean, { terminal, ask }: PolicyEffects): Promise<void> {
  if (yes) return;
  if (!terminal.canAsk)
    throw new UserError("refusing to change the tailnet's policy without being asked: there is no terminal", [
      "say it with --yes",
    ]);
  const what = count === 1 ? "this entry" : `these ${count} entries`;
  if (!(await askYesOrNo(`Add ${what} to the tailnet's policy?`, { ask }))) throw new UserError("nothing was changed");
}

function sayRisks(risks: readonly string[], { notice }: Pick<Effects["terminal"], "notice">): void {
  for (const risk of risks) notice(`more than agents need: ${risk}`);
  if (risks.length > 0) notice("claws takes nothing out of a policy: do that by hand, in the admin console");
}

function summary(missing: number, risks: number): string {
  if (missing + risks === 0) return "the tailnet's policy has what the agents need, and lets them do nothing more";
  const entries =
    missing === 1 ? "one entry is missing" : missing === 0 ? "nothing is missing" : `${missing} entries are missing`;
  return `${entries}, and ${risks === 0 ? "nothing" : risks === 1 ? "one rule" : `${risks} rules`} allows too much`.replace(
    /rules allows/,
    "rules allow",
  );
}
