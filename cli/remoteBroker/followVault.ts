// SPDX-License-Identifier: Apache-2.0
import { statSync } from "node:fs";
import { UserError } from "../errors.ts";
import { currentKeys, type VaultDocument, type VaultKey } from "../vaultDocument.ts";

/** What {@link followVault} needs. */
export interface VaultFollowing {
  readonly path: string;
  /** Reads and decrypts the vault. */
  readonly read: () => Promise<VaultDocument>;
  /** Told when a changed vault could not be read; the keys of before are lent on. */
  readonly onNotice: (notice: string) => void;
}

/** The keys in a vault that may change at any time. */
export interface FollowedVault {
  readonly current: () => readonly VaultKey[];
  /** Reads the vault again if its file is another than before. Cheap when it is not. */
  readonly refresh: () => Promise<void>;
  /** Overwrites and forgets every key. */
  readonly wipe: () => void;
}

/** Opens the vault and follows its changes. @throws UserError when it cannot be read now */
export async function followVault({ path, read, onNotice }: VaultFollowing): Promise<FollowedVault> {
  let seen = stampOf(path);
  let keys = currentKeys(await read());
  let reading: Promise<void> | undefined;

  const readAgain = async (): Promise<void> => {
    const stamp = stampOf(path);
    try {
      const fresh = currentKeys(await read());
      const before = keys;
      keys = fresh;
      for (const { value } of before) value.wipe();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      onNotice(`cannot read the changed vault, the keys of before are lent on: ${error.message}`);
    }
    seen = stamp;
  };
  return {
    current: () => keys,
    async refresh() {
      if (reading === undefined && stampOf(path) === seen) return;
      // One reading for all requests that come meanwhile.
      reading ??= readAgain().finally(() => (reading = undefined));
      await reading;
    },
    wipe() {
      for (const { value } of keys) value.wipe();
      keys = [];
    },
  };
}

/** Tells one content of the file from the next: every save replaces the file. Missing is a content too. */
function stampOf(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? "missing" : `${found.dev} ${found.ino} ${found.size} ${found.mtimeNs}`;
}
