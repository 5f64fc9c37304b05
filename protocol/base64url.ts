// SPDX-License-Identifier: Apache-2.0
import { ParseError } from "./parseError.ts";
import type { Reader } from "./shape.ts";

/** Reads base64url without padding of exactly so many bytes, in its one canonical spelling. Gives the text as it is. */
export function readBase64Url(byteLength: number): Reader<string> {
  return (value, path) => {
    if (typeof value === "string" && isBase64Url(value, byteLength)) return value;
    throw new ParseError(path, `must be base64url of ${byteLength} bytes`);
  };
}

/** Whether the text is the canonical base64url, without padding, of so many bytes. */
export function isBase64Url(text: string, byteLength: number): boolean {
  // Node's decoder takes nearly anything; only the canonical spelling survives the way back.
  return (
    text.length === Math.ceil((byteLength * 4) / 3) && Buffer.from(text, "base64url").toString("base64url") === text
  );
}
