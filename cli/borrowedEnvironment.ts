// SPDX-License-Identifier: Apache-2.0
import { missingFrom, type CredentialName } from "./credentials.ts";
import { asVariables } from "./credentialEntry.ts";
import { setting, withoutIdentities, type Environment } from "./environment.ts";
import { UserError } from "./errors.ts";
import { readVault, type VaultAccess } from "./vault.ts";

/**
 * The environment for a program that the owner runs with the vault's credentials: this one, without what opens the vault, and with
 * those of the vault's credentials that it lacks, or only those of them in `only`.
 *
 * @throws UserError when the vault cannot be opened, or when neither it nor the environment has one of `only`
 */
export async function borrowedEnvironment(
  access: VaultAccess,
  only: readonly CredentialName[] = [],
): Promise<Environment> {
  const { environment } = access;
  const isWanted = (name: string): boolean => only.length === 0 || only.some((one) => one === name);
  const missing = missingFrom(environment).filter(isWanted);
  const lent = missing.length === 0 ? {} : asVariables(await readVault(access), missing);
  const absent = only.find((name) => setting(environment, name) === undefined && !Object.hasOwn(lent, name));
  if (absent !== undefined)
    throw new UserError(`neither the environment nor the vault has ${absent} to lend`, [
      `store it: claws vault credentials set ${absent}`,
    ]);
  return { ...withoutIdentities(environment), ...lent };
}
