// SPDX-License-Identifier: Apache-2.0

/** An error answer of headscale. */
export class HeadscaleError extends Error {
  /** HTTP status. */
  public readonly status: number;
  /** headscale's own words. */
  public readonly reason: string;

  constructor(call: string, status: number, reason: string) {
    super(`cannot ${call} on headscale: ${status} ${reason}`);
    this.name = "HeadscaleError";
    this.status = status;
    this.reason = reason;
  }
}
