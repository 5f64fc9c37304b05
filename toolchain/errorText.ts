// SPDX-License-Identifier: Apache-2.0

/**
 * What went wrong, in words. Reads the error's fields instead of asking for its class, because an error may come from
 * another realm; several addresses tried in vain make an error without a message of its own.
 */
export function errorText(error: unknown): string {
  if (typeof error !== "object" || error === null) return String(error);
  if ("errors" in error && Array.isArray(error.errors)) return error.errors.map(errorText).join("; ");
  return "message" in error && typeof error.message === "string" ? error.message : "unknown error";
}

/** True when the system gave this error code, such as "ENOENT". */
export function hasCode(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}
