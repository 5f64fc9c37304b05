// SPDX-License-Identifier: Apache-2.0

/** What the broker logs about one request: enough to count and to find faults, and nothing of its content. */
export interface UsageLine {
  readonly event: "usage";
  /** Null when the request was refused before its target was understood. */
  readonly provider: string | null;
  readonly method: string | null;
  /** The endpoint from the provider's list, never the text that the client sent. */
  readonly path: string | null;
  readonly keyVersion: number | null;
  /** Status that the client got; 0 when it left first. */
  readonly status: number;
  /** Bytes of the body from the client. */
  readonly bytesIn: number;
  /** Bytes of the body to the client. */
  readonly bytesOut: number;
  /** Duration up to the last byte. */
  readonly milliseconds: number;
  /** `ok`, a code of the broker's own, `client-left`, `upstream-cut` or `internal-error`. */
  readonly code: string;
}
