// SPDX-License-Identifier: Apache-2.0
import { ExitCode } from "./errors.ts";
import { providerPages } from "./providerPages.ts";
import type { RotationResult } from "./rotateKey.ts";
import type { Terminal } from "./terminal.ts";

/** Prints how a rotation ended and what is left to do, and returns the exit code. */
export function reportRotation(result: RotationResult, terminal: Terminal, json: boolean): ExitCode {
  const { agent, key, provider, version, oldVersion } = result;
  if (json) terminal.print(JSON.stringify(result));
  if (result.result === "failed" || result.result === "unknown") {
    terminal.complain(
      `version ${version} of ${key} is saved in the vault, but agent "${agent}" may still use version ${oldVersion}: ${result.detail}`,
      [`finish it: claws keys push --agent ${agent}`, "do not revoke the old key at the provider yet"],
    );
    return ExitCode.partly;
  }
  if (!json)
    terminal.print(`rotated ${key} of ${agent}: version ${version} is active, version ${oldVersion} is dropped`);
  terminal.notice("dropping the old key here does not revoke it: the provider still takes it from whoever has it");
  terminal.notice(`now ${revocationNotice(provider, "the old key")}`);
  return ExitCode.done;
}

/** Where a key is really revoked: `revoke it at the provider (anthropic): https://…`. */
export function revocationNotice(provider: string, what = "it"): string {
  const page = providerPages[provider];
  return `revoke ${what} at the provider (${provider})${page === undefined ? "" : `: ${page}`}`;
}
