// SPDX-License-Identifier: Apache-2.0

/** What a program sees of an SDK's error: the class by its name in the SDK, status, the headers that matter, and all of its text. */
export function describeError(error, sdk) {
  const isSdkError = error instanceof sdk.APIError;
  const kind = Object.entries(sdk).findLast(([, value]) => typeof value === "function" && error.constructor === value);
  const header = (name) => error.headers?.get(name) ?? null;
  return {
    failed: isSdkError ? (kind?.[0] ?? error.constructor.name) : `not the SDK's: ${error}`,
    status: error.status ?? null,
    retryAfter: header("retry-after"),
    broker: header("x-claws-broker-error"),
    message: error.message,
    body: error.error ?? null,
  };
}
