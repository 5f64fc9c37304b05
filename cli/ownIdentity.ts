// SPDX-License-Identifier: Apache-2.0
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { generateIdentity, recipientOf, type AgeIdentity } from "./ageFile.ts";
import type { Environment } from "./environment.ts";
import { causeInWords, codeOf, failure, UserError } from "./errors.ts";
import { withFileLock } from "./fileLock.ts";
import { readGuardedFile } from "./fileRead.ts";
import { writeFileWhole } from "./fileWrite.ts";
import { defaultIdentityPath, type FoundIdentities } from "./identities.ts";
import { isEncrypted } from "./identityFile.ts";

/** What {@link makeIdentity} makes. */
export interface NewIdentity {
  readonly environment: Environment;
  readonly now: Date;
  readonly postQuantum: boolean;
}

/** Makes an identity in a file of its own. Overwrites nothing. */
export async function makeIdentity({ environment, now, postQuantum }: NewIdentity): Promise<FoundIdentities> {
  const path = defaultIdentityPath(environment);
  const made = await generateIdentity({ postQuantum });
  await write(path, render(made, now), true);
  return { identities: [made.identity], source: path };
}

/**
 * Adds a new identity to the owner's identity file, which is made if it is not there. The identities in it stay: what they open, they
 * open for ever.
 *
 * @param inUse what the look-up of identities found before.
 * @returns the new recipient and the file.
 * @throws UserError when identities come from elsewhere, or the file is encrypted: then only its owner can add to it.
 */
export async function addIdentity(
  { environment, now, postQuantum }: NewIdentity,
  inUse: FoundIdentities | undefined,
): Promise<{ readonly recipient: string; readonly path: string }> {
  const path = defaultIdentityPath(environment);
  if (inUse !== undefined && inUse.source !== path)
    throw new UserError(`refusing to add to "${path}": your identities come from ${inUse.source}`, [
      "an identity in a file that is not read would open nothing; add it there: age-keygen",
    ]);
  const made = await generateIdentity({ postQuantum });
  await makeFolder(path);
  // Of two at once, each would else write the file without the identity of the other, whose recipient is printed already.
  await withFileLock(path, async () => {
    const before = readGuardedFile(path, { what: "identity file", forbidden: 0o077, limit: 128 * 1024 });
    const text = before?.toString("utf8") ?? "";
    if (isEncrypted(text)) throw new UserError(`cannot add to the identity file "${path}": it is encrypted`);
    const separator = text === "" || text.endsWith("\n") ? "" : "\n";
    await write(path, `${text}${separator}${render(made, now)}`, before === undefined);
  });
  return { recipient: made.recipient, path };
}

/** The recipients of these identities, in order. */
export async function ownRecipients({ identities }: FoundIdentities): Promise<readonly string[]> {
  return await Promise.all(identities.map(recipientOf));
}

function render({ identity, recipient }: AgeIdentity, now: Date): string {
  return `# created: ${now.toISOString()}\n# public key: ${recipient}\n${identity.reveal()}\n`;
}

async function write(path: string, content: string, exclusive: boolean): Promise<void> {
  await makeFolder(path);
  await writeFileWhole(path, content, { exclusive }).catch((error: unknown) => {
    throw cannotWrite(path, error);
  });
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw cannotWrite(path, error);
  });
}

function cannotWrite(path: string, error: unknown): Error {
  return failure(
    `cannot write the identity file "${path}": ${causeInWords(codeOf(error) ?? "unknown cause")}`,
    "nothing was made; check the folder",
  );
}
