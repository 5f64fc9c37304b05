// SPDX-License-Identifier: Apache-2.0

/** Reads the tokens spent out of one answer as it passes. */
export interface UsageMeter {
  push(chunk: Buffer): void;
  /** Tokens of the whole answer; 0 when none were seen. Call once, after the last chunk. */
  end(): number;
}
