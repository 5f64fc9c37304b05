// SPDX-License-Identifier: Apache-2.0

/** Code of a system error, for example "ENOENT"; null for anything else. Does not ask for the class, which a test runner may have of its own. */
export function errorCode(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}
