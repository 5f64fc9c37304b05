// SPDX-License-Identifier: Apache-2.0
import { UserError } from "./errors.ts";

/** What came of asking a service that may be down: an answer, or the reason why there is none. */
export type Attempt<T> = { readonly value: T } | { readonly problem: string };

/** Asks; a failure that the user can act on becomes the reason, any other is thrown on. */
export async function attempt<T>(work: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (error instanceof UserError) return { problem: error.message };
    throw error;
  }
}

/** The answer, or undefined. */
export function valueOf<T>(attempted: Attempt<T>): T | undefined {
  return "value" in attempted ? attempted.value : undefined;
}

/** The reasons why there are no answers, each once. */
export function problemsOf(attempts: readonly Attempt<unknown>[]): readonly string[] {
  return [...new Set(attempts.flatMap((one) => ("problem" in one ? [one.problem] : [])))];
}
