// SPDX-License-Identifier: Apache-2.0
import type { KeyLoan, KeySource, LendRefusal } from "../../broker/keySource.ts";
import type { Spending } from "../../broker/spending.ts";
import type { VaultKey } from "../vaultDocument.ts";

/** Where the keys of one agent come from. */
export interface VaultKeysOptions {
  readonly agent: string;
  /** The newest version of every key in the vault, as it is now. */
  readonly current: () => readonly VaultKey[];
  /** Shared by all agents; goes on when the vault changes. */
  readonly spending: Spending;
  readonly now: () => Date;
}

/** Lends one agent its keys from the owner's vault. A rotated key is lent from the next request on; requests under way end on the old. */
export class VaultKeys implements KeySource {
  readonly #options: VaultKeysOptions;

  constructor(options: VaultKeysOptions) {
    this.#options = options;
  }

  lend(provider: string): KeyLoan | LendRefusal {
    const { agent, current, spending, now } = this.#options;
    const key = current().find((one) => one.agent === agent && one.provider === provider);
    if (key === undefined) return "sealed";
    if (key.notAfter !== null && now().getTime() >= Date.parse(key.notAfter)) return "key-expired";
    return spending.refuse(nameOf(key), key.limits ?? {}) ?? this.#lend(key);
  }

  #lend(key: VaultKey): KeyLoan {
    const { spending } = this.#options;
    const secret = key.value.copy();
    spending.book(nameOf(key), { requests: 1 });
    return {
      version: key.version,
      secret,
      countsTokens: key.limits?.tokensPerDay !== undefined,
      release: ({ tokens }) => {
        secret.wipe();
        spending.book(nameOf(key), { tokens });
      },
    };
  }
}

/** Agents may have keys of the same name; a slash is in neither name. */
function nameOf({ agent, name }: Pick<VaultKey, "agent" | "name">): string {
  return `${agent}/${name}`;
}
