// SPDX-License-Identifier: Apache-2.0
import type { Sensitive } from "../protocol/sensitive.ts";

/** A key lent for one request. */
export interface KeyLoan {
  readonly version: number;
  /** The borrower's own copy, so that a revocation can wipe the original at once. */
  readonly secret: Sensitive;
  /** Whether the key has a cap on tokens, so that the exchange must be able to read the provider's count of them. */
  readonly countsTokens: boolean;
  /** Gives the loan back when the exchange is over: wipes the copy and books the tokens, 0 when unknown. Call exactly once. */
  release(spent: { readonly tokens: number }): void;
}

/** Why no key is lent: none is held, it is past its notAfter, or one of its caps for this day (UTC) is reached. */
export type LendRefusal = "sealed" | "key-expired" | "requests-spent" | "tokens-spent";

/** Where the broker gets keys from. */
export interface KeySource {
  /**
   * The key for new requests to the provider, or why there is none. `onRevoked` is called at most once, when the key is revoked with
   * `now`: the exchange must end at once.
   */
  lend(provider: string, onRevoked: () => void): KeyLoan | LendRefusal;
}
