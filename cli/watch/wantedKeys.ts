// SPDX-License-Identifier: Apache-2.0
import { statSync } from "node:fs";
import { readVault, type VaultAccess } from "../vault.ts";
import { currentKeys, type VaultDocument } from "../vaultDocument.ts";
import type { WantedKey } from "./watchedAgent.ts";

/** What the vault has for which agent. Values are in memory only while they are pushed. */
export interface WantedKeys {
  /** By agent. */
  readonly of: (agent: string) => readonly WantedKey[];
  /** Reads the vault again if its file is another than before. @returns whether it was read @throws UserError when it cannot be */
  readonly refresh: () => Promise<boolean>;
  /** Opens the vault for some work, and wipes every value after it. */
  readonly withDocument: <T>(work: (document: VaultDocument) => Promise<T>) => Promise<T>;
}

/** Reads which keys there are. @throws UserError when the vault cannot be opened without a person */
export async function openWantedKeys(vault: VaultAccess): Promise<WantedKeys> {
  // Nobody is there to be asked, now or after the next reboot of an agent.
  const { path, environment, onNotice } = vault;
  const access = { path, environment, ...(onNotice === undefined ? {} : { onNotice }) };
  const withDocument: WantedKeys["withDocument"] = async (work) => {
    const document = await readVault(access);
    try {
      return await work(document);
    } finally {
      wipe(document);
    }
  };
  let stamp = "";
  let wanted: ReadonlyMap<string, readonly WantedKey[]> = new Map();
  const refresh = async (): Promise<boolean> => {
    const seen = stampOf(path);
    if (seen === stamp) return false;
    wanted = await withDocument((document) => Promise.resolve(namesIn(document)));
    stamp = seen;
    return true;
  };
  await refresh();
  return { of: (agent) => wanted.get(agent) ?? [], refresh, withDocument };
}

/** The part of a vault that holds these keys of agents and no other. */
export function onlyKeys(document: VaultDocument, names: ReadonlyMap<string, readonly string[]>): VaultDocument {
  return { ...document, keys: document.keys.filter(({ agent, name }) => names.get(agent)?.includes(name) === true) };
}

function namesIn(document: VaultDocument): ReadonlyMap<string, readonly WantedKey[]> {
  const byAgent = new Map<string, WantedKey[]>();
  for (const { agent, name, version, notAfter } of currentKeys(document))
    byAgent.set(agent, [...(byAgent.get(agent) ?? []), { name, version, notAfter }]);
  return byAgent;
}

function wipe({ keys, credentials = [], operator }: VaultDocument): void {
  for (const { value } of [...keys, ...credentials]) value.wipe();
  operator?.privateKey.wipe();
}

/** Tells one content of the file from the next: every save replaces the file. */
function stampOf(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? "missing" : `${found.dev} ${found.ino} ${found.size} ${found.mtimeNs}`;
}
