// SPDX-License-Identifier: Apache-2.0

/** Returns one problem in the form in which the bridge reports it. A cause in that form is not wrapped twice. */
export function problemText(problem: string, cause: unknown): string {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return `1 error occurred:\n\t* ${problem}: ${reason.replace(/^1 error occurred:\n\t\* /, "").trimEnd()}\n\n`;
}

/** Returns a rejection handler that throws {@link problemText}. */
export function failed(problem: string): (cause: unknown) => never {
  return (cause) => {
    throw new Error(problemText(problem, cause), { cause });
  };
}
