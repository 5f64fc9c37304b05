// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { checkRecipient, isPostQuantum, refuseMix } from "./age/recipient.ts";
import type { Environment } from "./environment.ts";
import { UserError } from "./errors.ts";
import { findIdentities, type FoundIdentities, type ReadPassphrase } from "./identities.ts";
import { rememberSaved } from "./judgeVault.ts";
import { operatorKeyOf } from "./operatorKey.ts";
import { makeIdentity, ownRecipients } from "./ownIdentity.ts";
import type { Terminal } from "./terminal.ts";
import { createVault, refuseExisting, type VaultAccess } from "./vault.ts";

/** What {@link initVault} works with. */
export interface VaultInit {
  readonly path: string;
  readonly environment: Environment;
  /** Recipients besides the owner. */
  readonly recipients: readonly string[];
  readonly now: Date;
  readonly postQuantum: boolean;
  readonly readPassphrase: ReadPassphrase;
  readonly onNotice?: (notice: string) => void;
}

/** What was made. */
export interface MadeVault {
  readonly vault: string;
  /** Empty for a vault with a passphrase. */
  readonly recipients: readonly string[];
  /** Public half of the key that pushes are signed with. */
  readonly operatorKey: string;
  /** Where the owner's identity is; null for a vault with a passphrase. */
  readonly identity: string | null;
  readonly newIdentity: boolean;
}

/** Makes a vault with nothing but an operator key in it, for the owner and the other recipients; makes an identity when the owner has none. Overwrites nothing. */
export async function initVault(init: VaultInit): Promise<MadeVault> {
  const { path, environment, recipients: others, postQuantum } = init;
  await refuseExisting(path);
  for (const recipient of others) await checkRecipient(recipient, "--recipient");
  refuseMix(postQuantum ? ["age1pq1", ...others] : others);
  const existing = await findIdentities(environment, init.readPassphrase);
  const own = existing === undefined ? undefined : ofOneKind(await ownRecipients(existing), init);
  const found = existing ?? (await makeIdentity(init));
  const recipients = [...new Set([...(own ?? (await ownRecipients(found))), ...others])];
  refuseMix(recipients);
  const identity = { identity: found.source, newIdentity: existing === undefined };
  return { vault: path, recipients, operatorKey: await create(init, recipients, found), ...identity };
}

/** Makes a vault that a passphrase opens and nothing else. Overwrites nothing. */
export async function initPassphraseVault(
  init: Pick<VaultInit, "path" | "environment" | "readPassphrase" | "onNotice"> & {
    readonly terminal: Pick<Terminal, "draw">;
  },
): Promise<MadeVault> {
  const { path } = init;
  await refuseExisting(path);
  const { chooseNewPassphrase } = await import("./newPassphrase.ts");
  const operatorKey = await create(init, [], await chooseNewPassphrase(init));
  return { vault: path, recipients: [], operatorKey, identity: null, newIdentity: false };
}

async function create(access: VaultAccess, recipients: readonly string[], keys: FoundIdentities): Promise<string> {
  const document = { recipients, keys: [], operator: operatorKeyOf(randomBytes(32)), revision: 1 };
  await createVault(access.path, document, keys);
  await rememberSaved(access, document);
  return document.operator.publicKey;
}

/** The owner's recipients of the kind that the vault is for: an identity file may hold both. */
function ofOneKind(own: readonly string[], { recipients, postQuantum }: VaultInit): readonly string[] {
  const wanted = postQuantum || recipients.some(isPostQuantum) || own.every(isPostQuantum);
  const fitting = own.filter((recipient) => isPostQuantum(recipient) === wanted);
  if (fitting.length > 0) return fitting;
  throw new UserError(
    wanted
      ? "you have no post-quantum identity, only classic ones"
      : "cannot mix post-quantum recipients with classic ones",
    wanted ? ["make one beside them: claws vault identity --new --post-quantum"] : [],
  );
}
