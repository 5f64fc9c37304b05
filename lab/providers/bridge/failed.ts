// SPDX-License-Identifier: Apache-2.0

/** Returns a rejection handler that throws the error in the form in which the bridge reports one problem. */
export function failed(problem: string): (cause: unknown) => never {
  return (cause) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`1 error occurred:\n\t* ${problem}: ${reason}\n\n`, { cause });
  };
}
