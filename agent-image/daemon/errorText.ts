// SPDX-License-Identifier: Apache-2.0

/** Whether a thrown thing is an error, also one of another realm, where `instanceof` does not see it. */
export function isError(thrown: unknown): thrown is Error {
  return thrown instanceof Error || Object.prototype.toString.call(thrown) === "[object Error]";
}

/** The message of an error that we or the system made, for the end of a message of ours. Not for errors about what a caller sent. */
export function errorText(thrown: unknown): string {
  return isError(thrown) ? thrown.message : "unknown";
}
