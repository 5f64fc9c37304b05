// SPDX-License-Identifier: Apache-2.0
import type { KeyLimits } from "../protocol/keyLimits.ts";
import type { Sensitive } from "../protocol/sensitive.ts";
import type { KeyLoan } from "./keySource.ts";
import type { Spending } from "./spending.ts";

/** A version of a key that may be lent. */
export interface Lendable {
  /** Under which its spending is booked. */
  readonly name: string;
  readonly version: number;
  readonly value: Sensitive;
  readonly limits: KeyLimits;
}

/** Lends a copy of the value and books the request at once, the tokens when the copy comes back and is wiped. */
export function lendCopy({ name, version, value, limits }: Lendable, spending: Spending): KeyLoan {
  const secret = value.copy();
  spending.book(name, { requests: 1 });
  return {
    version,
    secret,
    countsTokens: limits.tokensPerDay !== undefined,
    release: ({ tokens }) => {
      secret.wipe();
      spending.book(name, { tokens });
    },
  };
}
