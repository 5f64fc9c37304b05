// SPDX-License-Identifier: Apache-2.0
import { MAX_KEY_BYTES } from "./constants.ts";
import { ParseError } from "./parseError.ts";
import { Sensitive } from "./sensitive.ts";
import type { Reader } from "./shape.ts";

/** Whether the value may be a key: 1 to 4096 bytes of printable ASCII without space, so that it fits into any header as it is. */
export function isKeyValue(value: Sensitive): boolean {
  const fits = value.byteLength >= 1 && value.byteLength <= MAX_KEY_BYTES;
  return fits && value.staysWithin(0x21, 0x7e);
}

/** Reads a key's value that is `Sensitive` already. */
export const readKeyValue: Reader<Sensitive> = (value, path) => {
  if (value instanceof Sensitive && isKeyValue(value)) return value;
  throw new ParseError(path, `must be 1 to ${MAX_KEY_BYTES} printable ASCII characters without spaces`);
};
