// SPDX-License-Identifier: Apache-2.0
import type { KeyLoan, KeySource, LendRefusal } from "../../broker/keySource.ts";
import { createExpiry, type Clocks, type KeyExpiry } from "../../broker/keyExpiry.ts";
import { lendCopy } from "../../broker/lendCopy.ts";
import type { Spending } from "../../broker/spending.ts";
import type { VaultKey } from "../vaultDocument.ts";

/** Where the keys of one agent come from. */
export interface VaultKeysOptions extends Clocks {
  readonly agent: string;
  /** The newest version of every key in the vault, as it is now. */
  readonly current: () => readonly VaultKey[];
  /** Shared by all agents; goes on when the vault changes. */
  readonly spending: Spending;
}

/** Lends one agent its keys from the owner's vault. A rotated key is lent from the next request on; requests under way end on the old. */
export class VaultKeys implements KeySource {
  readonly #options: VaultKeysOptions;
  /** By name and version. A version without a time of its own is lent for 30 days from its first loan. */
  readonly #expiries = new Map<string, KeyExpiry>();

  constructor(options: VaultKeysOptions) {
    this.#options = options;
  }

  lend(provider: string): KeyLoan | LendRefusal {
    const { agent, current, spending } = this.#options;
    const key = current().find((one) => one.agent === agent && one.provider === provider);
    if (key === undefined) return "sealed";
    if (this.#expiryOf(key).isOver()) return "key-expired";
    const { version, value, limits = {} } = key;
    const lendable = { name: nameOf(key), version, value, limits };
    return spending.refuse(lendable.name, limits) ?? lendCopy(lendable, spending);
  }

  #expiryOf(key: VaultKey): KeyExpiry {
    const id = `${key.name} ${key.version} ${key.notAfter ?? ""}`;
    const expiry = this.#expiries.get(id) ?? createExpiry(key.notAfter ?? undefined, this.#options);
    this.#expiries.set(id, expiry);
    return expiry;
  }
}

/** Agents may have keys of the same name; a slash is in neither name. */
function nameOf({ agent, name }: Pick<VaultKey, "agent" | "name">): string {
  return `${agent}/${name}`;
}
