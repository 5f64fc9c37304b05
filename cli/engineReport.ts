// SPDX-License-Identifier: Apache-2.0
import { nameIn, readEngineEvent, type EngineFact } from "./engineEvent.ts";
import { ExitCode, failure, UserError } from "./errors.ts";
import { labelOf } from "./operation/stepWords.ts";
import { adviceFor } from "./resourceAdvice.ts";
import type { ChangeSummary, EngineEvent } from "./stackTypes.ts";

const ENGINE_PROBLEMS: readonly (readonly [RegExp, string, string])[] = [
  [
    /incorrect passphrase/,
    "the passphrase in PULUMI_CONFIG_PASSPHRASE is not the one of this stack",
    "set the passphrase that the stack was made with",
  ],
  [
    /the stack is currently locked by/,
    "another run holds the lock of this stack",
    "wait for it; if no run is left, pulumi cancel",
  ],
  [
    /PULUMI_ACCESS_TOKEN must be set|not logged in|invalid access token|\[401\]/,
    "you are not logged in where its state is kept",
    "pulumi login --local keeps it on this machine, pulumi login URL elsewhere; or set PULUMI_BACKEND_URL",
  ],
  [
    /unable to open state directory|performing HTTP request|\.pulumi\/meta\.yaml/,
    "the place where its state is kept cannot be reached",
    "pulumi whoami --verbose names it; PULUMI_BACKEND_URL names another",
  ],
  [/no stack named .* found/, "there is no such stack", "name it with --stack, or make it with claws up"],
  [/no resource plugin|could not find plugin/, "a provider plugin is missing", "claws doctor"],
  [
    /no previous deployment|get(?:ting)? stack configuration/,
    "the stack's configuration cannot be read",
    "check the file Pulumi.<stack>.yaml",
  ],
];

/** Collects what one operation of the engine reports and says, when it failed, what that means. */
export class EngineReport {
  readonly #errors: Extract<EngineFact, { kind: "diagnostic" }>[] = [];
  readonly #violations: Extract<EngineFact, { kind: "policy" }>[] = [];
  #changes: ChangeSummary = {};

  get changes(): ChangeSummary {
    return this.#changes;
  }

  /** Takes one event. @returns what it says, for the progress */
  take(event: EngineEvent): EngineFact | undefined {
    const fact = readEngineEvent(event);
    if (fact?.kind === "diagnostic" && fact.severity === "error") this.#errors.push(fact);
    if (fact?.kind === "policy" && fact.level === "mandatory") this.#violations.push(fact);
    if (fact?.kind === "summary") this.#changes = fact.changes;
    return fact;
  }

  /** The failure of the operation: a refusal by policy, a wrong configuration, or the first resource's error. */
  problem(action: string, output: string): UserError {
    if (this.#violations.length > 0) return policyError(this.#violations);
    const everything = [...this.#errors.map(({ message }) => message), output];
    const configuration = everything.map(configurationText).find((found) => found !== undefined);
    if (configuration !== undefined)
      return new UserError(configuration, ["correct the file Pulumi.<stack>.yaml; nothing was changed"]);
    const known = ENGINE_PROBLEMS.find(([pattern]) => everything.some((one) => pattern.test(one)));
    if (known !== undefined)
      return new UserError(`cannot ${action} the stack: ${known[1]}`, [known[2]], ExitCode.usage);
    return this.#resourceError(action, output);
  }

  #resourceError(action: string, output: string): UserError {
    const own = this.#errors.filter(({ urn }) => urn !== "" && !urn.includes("::pulumi:pulumi:Stack::"));
    const lines = [...(own.length > 0 ? own : this.#errors)].map(({ urn, message }) =>
      urn === "" ? message : `${resourceIn(urn)}: ${message}`,
    );
    const text = lines.length > 0 ? lines.join("\n") : output.trim().split("\n").slice(-5).join("\n");
    const advice = adviceFor(own.map(({ message }) => message));
    return failure(
      `cannot ${action} the stack: ${text === "" ? "the engine gave no reason" : text}`,
      ...(advice === undefined ? [] : [advice]),
      `what was done is in the state: correct the cause, then claws ${action === "update" ? "up" : action}`,
    );
  }
}

/** `droplet a1`: the name alone is also the agent's. */
function resourceIn(urn: string): string {
  const label = labelOf(urn.split("::")[2]?.split("$").at(-1) ?? "", urn);
  return label === undefined ? nameIn(urn) : `${label} ${nameIn(urn)}`;
}

function policyError(violations: readonly Extract<EngineFact, { kind: "policy" }>[]): UserError {
  const lines = violations.map(
    ({ rule, urn, message }) => `${rule}: ${urn === "" ? "" : `${nameIn(urn)}: `}${message}`,
  );
  return new UserError(
    `refused by policy: ${[...new Set(lines)].join("\n  ")}`,
    ["nothing was changed that breaks the rule"],
    ExitCode.policy,
  );
}

/** The program's own text from `configuration:` up to an empty line or a stack trace. */
function configurationText(message: string): string | undefined {
  const start = /(?:^|Error: )configuration:/m.exec(message);
  if (start === null) return undefined;
  const lines = message.slice(message.indexOf("configuration:", start.index)).split("\n");
  const end = lines.findIndex((line, index) => index > 0 && (line.trim() === "" || /^\s+at /.test(line)));
  return lines
    .slice(0, end === -1 ? undefined : end)
    .map((line) => line.trimEnd())
    .join("\n");
}
