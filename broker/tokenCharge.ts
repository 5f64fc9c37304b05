// SPDX-License-Identifier: Apache-2.0
import type { ExchangeEnd } from "./exchange.ts";
import type { ProviderEndpoint } from "./provider.ts";

/** What is known of a finished exchange on a key with a cap on tokens. */
export interface Spending {
  readonly end: ExchangeEnd;
  /** Tokens that the meter read in the answer, 0 for none. */
  readonly metered: number;
  readonly endpoint: ProviderEndpoint;
  /** Status that the client got, 0 for none. */
  readonly status: number;
}

// The usual rule of thumb for text. Framing makes a stream many times longer than its text, so a stream's estimate is far too high,
// which is the safe side.
const BYTES_PER_TOKEN = 4;

/**
 * Tokens to book against the cap. What the provider says counts, if the answer came whole. An answer that tells no usage or was broken
 * off is put at a token for every four bytes of request and answer, or at what was read of it when that is more: whoever spends tokens
 * unseen must not spend them for nothing. Refusals, free endpoints and requests that reached no provider cost nothing.
 */
export function tokensToCharge({ end, metered, endpoint, status }: Spending): number {
  const isWhole = end.code === "ok";
  const isBroken = end.code === "client-left" || end.code === "upstream-cut" || end.code === "key-revoked";
  if (endpoint.method === "GET" || endpoint.isFree === true || status >= 300) return 0;
  if (!isWhole && !isBroken) return 0;
  if (isWhole && metered > 0) return metered;
  return Math.max(metered, Math.ceil((end.bytesIn + end.bytesOut) / BYTES_PER_TOKEN));
}
