// SPDX-License-Identifier: Apache-2.0
import { types } from "node:util";

/** The message of an error that we or the system made, for the end of a message of ours. Not for errors about what a caller sent. */
export function errorText(error: unknown): string {
  return types.isNativeError(error) ? error.message : "unknown";
}
