// SPDX-License-Identifier: Apache-2.0
import { resolve } from "node:path";
import { PassphraseIdentity } from "../protocol/age/scryptStanza.ts";
import { Sensitive } from "../protocol/sensitive.ts";
import { setting, type Environment } from "./environment.ts";
import { UserError } from "./errors.ts";
import type { FoundIdentities } from "./identities.ts";
import { readKeychainChoice } from "./keychainChoice.ts";
import { oncePerRun } from "./oncePerRun.ts";
import type { VaultDoor } from "./vaultKeys.ts";

const COMMAND = "CLAWS_VAULT_PASSPHRASE_CMD";
const LIMIT = 1024;

/**
 * Finds the passphrase of a vault: from `CLAWS_VAULT_PASSPHRASE_CMD`, from the keychain if the owner put it there, else from a
 * person at the terminal, who is asked once in a process, whatever copies of the vault it opens. Never from the environment itself or from an argument.
 *
 * @throws UserError when there is nobody to ask, or what was given can be no passphrase.
 */
export async function findVaultPassphrase({
  path,
  copyOf = path,
  environment,
  readPassphrase,
}: VaultDoor): Promise<FoundIdentities> {
  const vault = resolve(copyOf);
  return await oncePerRun(environment, "vault passphrase", async () => {
    if (setting(environment, COMMAND) !== undefined)
      return keysOf((await passphraseFromCommand(environment)) ?? nothingGiven(COMMAND), COMMAND);
    if (readKeychainChoice(environment).vaults.includes(vault)) {
      const { readPassphraseFromKeychain } = await import("./keychain.ts");
      return keysOf(await readPassphraseFromKeychain(vault), "the keychain");
    }
    if (readPassphrase === undefined) throw cannotAsk(environment);
    return keysOf(await readPassphrase(`passphrase of the vault "${copyOf}"`), "the terminal");
  });
}

/** What `CLAWS_VAULT_PASSPHRASE_CMD` prints, without its last line break; undefined when the variable is not set. @throws UserError */
export async function passphraseFromCommand(environment: Environment): Promise<Sensitive | undefined> {
  const command = setting(environment, COMMAND);
  if (command === undefined) return undefined;
  const { runSecretCommand } = await import("./secretCommand.ts");
  const output = await runSecretCommand({ command, variable: COMMAND, what: "vault's passphrase" });
  const end = output.at(-1) === 0x0a ? (output.at(-2) === 0x0d ? -2 : -1) : output.length;
  const passphrase = Sensitive.from(output.subarray(0, end));
  output.fill(0);
  return passphrase;
}

/** What opens a vault that was made for this passphrase. @throws UserError when it can be none */
export function keysOf(passphrase: Sensitive, source: string): FoundIdentities {
  if (passphrase.byteLength === 0) nothingGiven(source);
  if (passphrase.byteLength > LIMIT || !passphrase.everyByte((byte) => byte >= 0x20 && byte !== 0x7f))
    throw new UserError(`the passphrase from ${source} must be one line of at most ${LIMIT} bytes`);
  // Else two passphrases would be one, and the age command would take neither.
  if (!passphrase.equalsText(passphrase.reveal()))
    throw new UserError(`the passphrase from ${source} is no UTF-8 text`);
  return { identities: [], passphrase: new PassphraseIdentity(passphrase), source };
}

/** The complaint where no person can be asked. */
export function cannotAsk(environment: Environment): UserError {
  const ignored = ["CLAWS_VAULT_PASSPHRASE is not read: other programs can see the environment"];
  return new UserError("cannot ask for the passphrase: no terminal, or CI is set", [
    `let a program of yours print it: ${COMMAND}="..."`,
    "or keep it in the keychain: claws vault keychain store",
    ...(setting(environment, "CLAWS_VAULT_PASSPHRASE") === undefined ? [] : ignored),
  ]);
}

function nothingGiven(source: string): never {
  throw new UserError(`the passphrase from ${source} is empty`);
}
