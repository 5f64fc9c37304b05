// SPDX-License-Identifier: Apache-2.0
import { statSync } from "node:fs";
import { setting, type Environment } from "./environment.ts";
import { codeOf, UserError } from "./errors.ts";
import { readGuardedFile } from "./fileRead.ts";

/**
 * Checks the passphrase of the stack's secrets, which the engine reads itself later.
 *
 * @returns where it comes from.
 * @throws UserError when it is missing or empty (the engine would accept an empty one), or not in a regular file.
 */
export function checkPassphrase(environment: Environment): string {
  if (setting(environment, "PULUMI_CONFIG_PASSPHRASE") !== undefined) return "is set";
  const file = setting(environment, "PULUMI_CONFIG_PASSPHRASE_FILE");
  if (file === undefined)
    throw new UserError("PULUMI_CONFIG_PASSPHRASE is not set or empty", [
      "set it, or PULUMI_CONFIG_PASSPHRASE_FILE: it encrypts the secrets in the state",
      "or store it in the vault: claws vault credentials set PULUMI_CONFIG_PASSPHRASE",
    ]);
  refuseStream(file);
  const text = readGuardedFile(file, { what: "passphrase file", forbidden: 0o022, limit: 64 * 1024, followLink: true });
  if (text === undefined || text.toString("utf8").trim() === "")
    throw new UserError(`"${file}", which PULUMI_CONFIG_PASSPHRASE_FILE names, is empty`);
  text.fill(0);
  return `is in ${file}`;
}

/** Even opening a pipe would take away from the engine what it must read. */
function refuseStream(file: string): void {
  if (isRegularFile(file)) return;
  throw new UserError(`cannot use "${file}", which PULUMI_CONFIG_PASSPHRASE_FILE names: it is not a regular file`, [
    "the engine reads it more than once: put the passphrase into a file, or into PULUMI_CONFIG_PASSPHRASE",
  ]);
}

function isRegularFile(file: string): boolean {
  try {
    return statSync(file).isFile();
  } catch (error) {
    throw new UserError(
      `cannot read "${file}", which PULUMI_CONFIG_PASSPHRASE_FILE names: ${codeOf(error) ?? "unknown cause"}`,
    );
  }
}
