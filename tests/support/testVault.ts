// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { generateIdentity, type AgeIdentity } from "../../cli/ageFile.ts";
import type { Credential, CredentialName } from "../../cli/credentials.ts";
import type { OperatorKey } from "../../cli/operatorKey.ts";
import { operatorKeyOf } from "../../cli/operatorKey.ts";
import { createVault, type VaultAccess } from "../../cli/vault.ts";
import type { VaultDocument, VaultKey } from "../../cli/vaultDocument.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

/** A vault on disk and what opens it. */
export interface TestVault {
  readonly access: VaultAccess;
  readonly path: string;
  readonly owner: AgeIdentity;
}

/** A key of agent a1, version 1, unless told otherwise. */
export function testKey(changes: Partial<Omit<VaultKey, "value">> & { readonly value?: string } = {}): VaultKey {
  const { value = "value-1", ...rest } = changes;
  const name = rest.name ?? "anthropic";
  return {
    name,
    provider: name,
    agent: "a1",
    version: 1,
    created: "2026-11-23T12:00:00.000Z",
    notAfter: null,
    ...rest,
    value: Sensitive.from(value),
  };
}

/** A credential, stored on the day of the tests. */
export function testCredential(name: CredentialName, value: string): Credential {
  return { name, value: Sensitive.from(value), updated: "2026-11-23T12:00:00.000Z" };
}

/** An operator key made of one repeated byte. */
export function testOperator(byte = 1): OperatorKey {
  return operatorKeyOf(Buffer.alloc(32, byte));
}

/** Makes `vault.age` in the folder, for one owner, with this content. */
export async function makeTestVault(folder: string, content: Partial<VaultDocument> = {}): Promise<TestVault> {
  const owner = await generateIdentity();
  const path = join(folder, "vault.age");
  const document = { recipients: [owner.recipient], keys: [], ...content };
  await createVault(path, document, { identities: [owner.identity], source: "test" });
  const environment = { CLAWS_AGE_KEY: owner.identity.reveal(), PATH: process.env["PATH"] };
  return { access: { path, environment }, path, owner };
}
