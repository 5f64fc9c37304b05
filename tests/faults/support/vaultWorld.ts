// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { generateIdentity, type AgeIdentity } from "../../../cli/ageFile.ts";
import { withNewVersion } from "../../../cli/keyEntry.ts";
import { createVault, readVault, updateVault, type VaultAccess } from "../../../cli/vault.ts";
import { currentKeys, type VaultKey } from "../../../cli/vaultDocument.ts";
import { Sensitive } from "../../../protocol/sensitive.ts";
import { makeProject, type CliRun } from "../../support/cliHarness.ts";
import { startClaws, type ClawsStart, type StartedClaws } from "../../support/startClaws.ts";

/** An owner with a project and a vault that holds one key, and the real `claws`. */
export interface VaultWorld {
  /** The project's folder. */
  readonly root: string;
  /** The vault's path. */
  readonly path: string;
  readonly owner: AgeIdentity;
  readonly environment: Readonly<Record<string, string>>;
  readonly access: VaultAccess;
  start(words: readonly string[], changes?: ClawsChanges): StartedClaws;
  claws(words: readonly string[], changes?: ClawsChanges): Promise<CliRun>;
  /** Everything in the vault, newest versions only. @throws when it is torn */
  keys(): Promise<readonly VaultKey[]>;
  bytes(): Promise<Buffer>;
  /** Names of all files beside the vault that are not the project's. */
  beside(): Promise<readonly string[]>;
}

/** What may differ from a plain start in the project's folder. */
export type ClawsChanges = Partial<Omit<ClawsStart, "environment">> & { readonly extra?: Record<string, string> };

export const CREATED = "2026-11-23T12:00:00.000Z";
/** The key that the vault holds at first. */
export const FIRST = "sk-ant-canary-first-1";

const ownFiles = ["Pulumi.yaml", "stacks", "vault.age"];

/** Makes one in the folder. Processes keep their compiled code in `cache`. */
export async function createVaultWorld(folder: string, cache: string): Promise<VaultWorld> {
  const project = await makeProject(folder);
  const owner = await generateIdentity();
  const environment = { ...project.environment, CLAWS_AGE_KEY: owner.identity.reveal(), CLAWS_CACHE: cache };
  const path = join(project.root, "vault.age");
  const access: VaultAccess = { path, environment };
  await createVault(
    path,
    { recipients: [owner.recipient], keys: [] },
    { identities: [owner.identity], source: "test" },
  );
  await storeKey(access, "a1", FIRST);
  const start = (words: readonly string[], { extra, ...changes }: ClawsChanges = {}): StartedClaws =>
    startClaws(words, { folder: project.root, environment: { ...environment, ...extra }, ...changes });
  return {
    root: project.root,
    path,
    owner,
    environment,
    access,
    start,
    claws: (words, changes) => start(words, changes).ended,
    keys: async () => currentKeys(await readVault(access)),
    bytes: () => readFile(path),
    beside: async () => (await readdir(project.root)).filter((name) => !ownFiles.includes(name)).sort(),
  };
}

/** Stores the next version of the key `anthropic` of an agent, in this process. */
export async function storeKey(access: VaultAccess, agent: string, value: string): Promise<void> {
  const entry = { name: "anthropic", agent, value: Sensitive.from(value), created: CREATED };
  await updateVault(access, (document) => withNewVersion(document, entry, "none"));
}

/** The words that store a key for an agent. */
export function setFor(agent: string): readonly string[] {
  return ["keys", "set", "anthropic", "--agent", agent];
}
