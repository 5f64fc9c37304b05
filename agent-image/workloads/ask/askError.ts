// SPDX-License-Identifier: Apache-2.0

/** A question that gets no answer, in the form in which whoever asked is told. */
export class AskError extends Error {
  override readonly name = "AskError";
  readonly status: number;
  /** Word in kebab-case that programs can act on. */
  readonly code: string;
  /** Seconds after which asking again makes sense, as the Retry-After header has it. */
  readonly retryAfter: string | undefined;

  constructor(status: number, code: string, text: string, retryAfter?: string) {
    super(text);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}
