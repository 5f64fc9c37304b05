// SPDX-License-Identifier: Apache-2.0
import type { OptionSpec } from "./command.ts";

/** Options that mean the same in every command that has them. */
export const cwd: OptionSpec = {
  kind: "text",
  value: "FOLDER",
  summary: "the project's folder (default: nearest Pulumi.yaml)",
};
export const stack: OptionSpec = {
  kind: "text",
  value: "NAME",
  summary: "the stack (default: PULUMI_STACK, the only one, dev)",
};
export const vault: OptionSpec = {
  kind: "text",
  value: "FILE",
  summary: "the vault (default: CLAWS_VAULT, vault.age)",
};
export const json: OptionSpec = { kind: "flag", summary: "print JSON for a program to read" };
export const yes: OptionSpec = { kind: "flag", summary: "do not ask" };
/** For commands that never ask: scripts may pass it on as they would to pulumi. */
export const yesAsPulumi: OptionSpec = { kind: "flag", summary: "as for pulumi; nothing is asked with or without it" };
export const agent: OptionSpec = { kind: "text", value: "NAME", summary: "the agent" };
