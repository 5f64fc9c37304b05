// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { generateIdentity, recipientOf } from "./ageFile.ts";
import type { Environment } from "./environment.ts";
import { causeInWords, codeOf, failure, UserError } from "./errors.ts";
import { writeFileWhole } from "./fileWrite.ts";
import { defaultIdentityPath, findIdentities, type FoundIdentities } from "./identities.ts";
import { operatorKeyOf } from "./operatorKey.ts";
import { createVault, refuseExisting } from "./vault.ts";

/** What {@link initVault} works with. */
export interface VaultInit {
  readonly path: string;
  readonly environment: Environment;
  /** Recipients besides the owner. */
  readonly recipients: readonly string[];
  readonly now: Date;
}

/** What was made. */
export interface MadeVault {
  readonly vault: string;
  readonly recipients: readonly string[];
  /** Public half of the key that pushes are signed with. */
  readonly operatorKey: string;
  /** Where the owner's identity is. */
  readonly identity: string;
  readonly newIdentity: boolean;
}

/** Makes a vault with nothing but an operator key in it, for the owner and the other recipients; makes an identity when the owner has none. Overwrites nothing. */
export async function initVault({ path, environment, recipients: others, now }: VaultInit): Promise<MadeVault> {
  await refuseExisting(path);
  checkRecipients(others);
  const existing = await findIdentities(environment);
  const found = existing ?? (await makeIdentity(environment, now));
  const own = await Promise.all(found.identities.map(recipientOf));
  const recipients = [...new Set([...own, ...others])];
  const operator = operatorKeyOf(randomBytes(32));
  await createVault(path, { recipients, keys: [], operator }, found);
  const identity = { identity: found.source, newIdentity: existing === undefined };
  return { vault: path, recipients, operatorKey: operator.publicKey, ...identity };
}

async function makeIdentity(environment: Environment, now: Date): Promise<FoundIdentities> {
  const path = defaultIdentityPath(environment);
  const { identity, recipient } = await generateIdentity();
  const content = `# created: ${now.toISOString()}\n# public key: ${recipient}\n${identity.reveal()}\n`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFileWhole(path, content, { exclusive: true });
  } catch (error) {
    throw failure(
      `cannot make the identity "${path}": ${causeInWords(codeOf(error) ?? "unknown cause")}`,
      "nothing was made; check the folder",
    );
  }
  return { identities: [identity], source: path };
}

function checkRecipients(recipients: readonly string[]): void {
  const wrong = recipients.find((recipient) => !/^age1[a-z0-9]+$/.test(recipient));
  // An identity pasted here must not end up on the screen.
  if (wrong !== undefined)
    throw new UserError(
      wrong.startsWith("AGE-SECRET-KEY")
        ? "--recipient got an identity (private), not a recipient (age1...)"
        : "--recipient must be an age recipient (age1...)",
    );
}
