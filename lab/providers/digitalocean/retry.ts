// SPDX-License-Identifier: Apache-2.0
import type { HttpAnswer } from "../httpCall.ts";

/** Tells whether an answer of this status is worth another try: 429 and 5xx, but not 501. */
export function shouldRetry(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501);
}

/**
 * Returns the milliseconds to wait after the given attempt (1 is the first): what a 429 or 503 asks for in Retry-After
 * (seconds or a date), otherwise a doubling pause between the two limits.
 */
export function retryPause(
  attempt: number,
  limits: { readonly retryWaitMin: number; readonly retryWaitMax: number },
  answer: HttpAnswer | undefined,
): number {
  const asked = answer !== undefined && [429, 503].includes(answer.status) ? retryAfter(answer) : undefined;
  return asked ?? Math.min(limits.retryWaitMin * 2 ** (attempt - 1), limits.retryWaitMax);
}

function retryAfter({ headers }: HttpAnswer): number | undefined {
  const value = headers["retry-after"];
  if (value === undefined) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const [at, now] = [Date.parse(value), Date.parse(headers.date ?? "")];
  return Number.isNaN(at) || Number.isNaN(now) ? undefined : Math.max(0, at - now);
}
