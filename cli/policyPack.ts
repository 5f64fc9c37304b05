// SPDX-License-Identifier: Apache-2.0
import { accessSync, constants } from "node:fs";
import { join, resolve } from "node:path";
import { setting, type Environment } from "./environment.ts";
import { UserError } from "./errors.ts";

/**
 * The policy packs that every update and preview runs under: `CLAWS_POLICY_PACK`, else the toolkit's own.
 *
 * @throws UserError when it is not there: an update is never run without it.
 */
export function policyPacks(environment: Environment, workingDirectory: string): readonly string[] {
  const named = setting(environment, "CLAWS_POLICY_PACK");
  const pack =
    named === undefined ? join(import.meta.dirname, "..", "policy", "run") : resolve(workingDirectory, named);
  try {
    accessSync(pack, constants.X_OK);
  } catch {
    throw new UserError(`cannot use the policy pack "${pack}": it is not there or not executable`, [
      named === undefined ? "the installation is not complete: npm ci" : "CLAWS_POLICY_PACK names it",
    ]);
  }
  return [pack];
}
