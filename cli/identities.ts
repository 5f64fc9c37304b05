// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { configFolder, setting, type Environment } from "./environment.ts";
import { UserError } from "./errors.ts";
import { readGuardedFile } from "./fileRead.ts";
import { parseIdentityFile } from "./identityFile.ts";
import type { Sensitive } from "../protocol/sensitive.ts";

/** The owner's age identities and where they were found. */
export interface FoundIdentities {
  readonly identities: readonly Sensitive[];
  /** A path or the name of a variable, for messages. */
  readonly source: string;
}

/**
 * Finds the owner's identities. The first place that is set or exists wins, so that an explicit choice is never
 * papered over by another identity: `CLAWS_AGE_KEY`, `CLAWS_AGE_KEY_FILE`, `CLAWS_AGE_KEY_CMD`, the configuration folder,
 * then the file that SOPS uses.
 *
 * @returns undefined when none of the places holds anything.
 * @throws UserError when the place that wins is unreadable, or a named file is missing.
 */
export async function findIdentities(environment: Environment): Promise<FoundIdentities | undefined> {
  const text = setting(environment, "CLAWS_AGE_KEY");
  if (text !== undefined) return { identities: parseIdentityFile(text, "CLAWS_AGE_KEY"), source: "CLAWS_AGE_KEY" };
  const named = setting(environment, "CLAWS_AGE_KEY_FILE");
  if (named !== undefined) return fromFile(named) ?? fileMissing(named);
  const command = setting(environment, "CLAWS_AGE_KEY_CMD");
  if (command !== undefined) {
    const { runIdentityCommand } = await import("./identityCommand.ts");
    return {
      identities: parseIdentityFile(await runIdentityCommand(command), "CLAWS_AGE_KEY_CMD"),
      source: "CLAWS_AGE_KEY_CMD",
    };
  }
  return (
    fromFile(defaultIdentityPath(environment)) ?? fromFile(join(configFolder(environment), "sops", "age", "keys.txt"))
  );
}

/** Where `claws vault init` puts a new identity: `office-claws/identity.txt` in the configuration folder. */
export function defaultIdentityPath(environment: Environment): string {
  return join(configFolder(environment), "office-claws", "identity.txt");
}

function fromFile(path: string): FoundIdentities | undefined {
  const bytes = readGuardedFile(path, {
    what: "identity file",
    forbidden: 0o077,
    limit: 256 * 1024,
    followLink: true,
  });
  return bytes === undefined
    ? undefined
    : { identities: parseIdentityFile(bytes.toString("utf8"), path), source: path };
}

function fileMissing(path: string): never {
  throw new UserError(`cannot read the identity file "${path}": it does not exist`, ["CLAWS_AGE_KEY_FILE names it"]);
}
