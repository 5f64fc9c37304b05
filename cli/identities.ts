// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import type { PassphraseIdentity } from "../protocol/age/scryptStanza.ts";
import type { Sensitive } from "../protocol/sensitive.ts";
import { configFolder, setting, type Environment } from "./environment.ts";
import { UserError } from "./errors.ts";
import { readGuardedFile } from "./fileRead.ts";
import { isEncrypted, parseIdentityFile } from "./identityFile.ts";
import { readKeychainChoice } from "./keychainChoice.ts";

/** The owner's age identities, or the passphrase of a vault without recipients, and where they were found. */
export interface FoundIdentities {
  readonly identities: readonly Sensitive[];
  readonly passphrase?: PassphraseIdentity;
  /** A path or the name of a variable, for messages. */
  readonly source: string;
}

/** Asks a person for a passphrase, without echo. @throws UserError where nobody can be asked */
export type ReadPassphrase = (prompt: string) => Promise<Sensitive>;

/**
 * Finds the owner's identities. The first place that is set or exists wins, so that an explicit choice is never
 * papered over by another identity: `CLAWS_AGE_KEY`, `CLAWS_AGE_KEY_FILE`, `CLAWS_AGE_KEY_CMD`, the keychain if the owner
 * put one there, the configuration folder, then the file that SOPS uses.
 *
 * @param readPassphrase for an identity file that is encrypted.
 * @returns undefined when none of the places holds anything.
 * @throws UserError when the place that wins is unreadable, or a named file is missing.
 */
export async function findIdentities(
  environment: Environment,
  readPassphrase?: ReadPassphrase,
): Promise<FoundIdentities | undefined> {
  const read = async (content: Buffer, source: string): Promise<FoundIdentities> => ({
    identities: await identitiesIn(content, { source, environment, readPassphrase }),
    source,
  });
  const fromFile = async (path: string): Promise<FoundIdentities | undefined> => {
    const content = readIdentityFile(path);
    return content === undefined ? undefined : await read(content, path);
  };
  const text = setting(environment, "CLAWS_AGE_KEY");
  if (text !== undefined) return await read(Buffer.from(text), "CLAWS_AGE_KEY");
  const named = setting(environment, "CLAWS_AGE_KEY_FILE");
  if (named !== undefined) return (await fromFile(named)) ?? fileMissing(named);
  const command = setting(environment, "CLAWS_AGE_KEY_CMD");
  if (command !== undefined) return await read(await runOnce(environment, command), "CLAWS_AGE_KEY_CMD");
  if (readKeychainChoice(environment).identity) return await read(await keptInKeychain(environment), "the keychain");
  return (
    (await fromFile(defaultIdentityPath(environment))) ??
    (await fromFile(join(configFolder(environment), "sops", "age", "keys.txt")))
  );
}

/** Where `claws vault init` puts a new identity: `office-claws/identity.txt` in the configuration folder. */
export function defaultIdentityPath(environment: Environment): string {
  return join(configFolder(environment), "office-claws", "identity.txt");
}

interface Reading {
  readonly source: string;
  readonly environment: Environment;
  readonly readPassphrase: ReadPassphrase | undefined;
}

async function identitiesIn(content: Buffer, reading: Reading): Promise<readonly Sensitive[]> {
  if (!isEncrypted(content.toString("latin1", 0, 1024)))
    return parseIdentityFile(content.toString("utf8"), reading.source);
  const [{ decryptIdentityFile }, { oncePerRun }] = await Promise.all([
    import("./encryptedIdentities.ts"),
    import("./oncePerRun.ts"),
  ]);
  return await oncePerRun(reading.environment, `identity file ${reading.source}`, () =>
    decryptIdentityFile(content, reading),
  );
}

async function runOnce(environment: Environment, command: string): Promise<Buffer> {
  const [{ runSecretCommand }, { oncePerRun }] = await Promise.all([
    import("./secretCommand.ts"),
    import("./oncePerRun.ts"),
  ]);
  return await oncePerRun(environment, "CLAWS_AGE_KEY_CMD", () =>
    runSecretCommand({ command, variable: "CLAWS_AGE_KEY_CMD", what: "age identity" }),
  );
}

async function keptInKeychain(environment: Environment): Promise<Buffer> {
  const [{ readIdentityFromKeychain }, { oncePerRun }] = await Promise.all([
    import("./keychain.ts"),
    import("./oncePerRun.ts"),
  ]);
  return await oncePerRun(environment, "keychain identity", readIdentityFromKeychain);
}

/** The bytes of an identity file, which nobody else may read. @returns undefined when there is none */
export function readIdentityFile(path: string): Buffer | undefined {
  return readGuardedFile(path, { what: "identity file", forbidden: 0o077, limit: 256 * 1024, followLink: true });
}

function fileMissing(path: string): never {
  throw new UserError(`cannot read the identity file "${path}": it does not exist`, ["CLAWS_AGE_KEY_FILE names it"]);
}
