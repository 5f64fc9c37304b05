// SPDX-License-Identifier: Apache-2.0
import type { Sensitive } from "../protocol/sensitive.ts";

/** A key lent for one request. */
export interface KeyLoan {
  readonly version: number;
  /** The borrower's own copy, so that a revocation can wipe the original at once; the borrower wipes it when the request ends. */
  readonly secret: Sensitive;
}

/** Where the broker gets keys from. */
export interface KeySource {
  /** The key for new requests to the provider, or why there is none. */
  lend(provider: string): KeyLoan | "sealed" | "key-expired";
}
