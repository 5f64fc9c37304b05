// SPDX-License-Identifier: Apache-2.0
import { Sensitive } from "./sensitive.ts";

const SIMPLE_ESCAPES: ReadonlyMap<number, number> = new Map(
  Object.entries({ '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }).map(([from, to]) => [
    from.charCodeAt(0),
    to.charCodeAt(0),
  ]),
);
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;

/**
 * Turns the inside of a JSON string (without its quotes) into a `Sensitive`, byte by byte, so that no JavaScript string of it exists.
 * Only ASCII can be written with a `\u` escape here. Gives undefined when the bytes are no such string.
 */
export function unescapeSecret(inside: Uint8Array): Sensitive | undefined {
  const plain = Buffer.allocUnsafeSlow(inside.byteLength);
  try {
    const length = unescapeInto(inside, plain);
    return length === undefined ? undefined : Sensitive.from(plain.subarray(0, length));
  } finally {
    plain.fill(0);
  }
}

function unescapeInto(inside: Uint8Array, plain: Buffer): number | undefined {
  if (inside.some((byte) => byte < 0x20)) return undefined;
  if (!inside.includes(BACKSLASH)) {
    plain.set(inside);
    return inside.byteLength;
  }
  let length = 0;
  for (let at = 0; at < inside.byteLength; at += 1) {
    let byte = inside[at] ?? 0;
    if (byte === BACKSLASH) {
      const escape = readEscape(inside, at + 1);
      if (escape === undefined) return undefined;
      byte = escape.byte;
      at += escape.width;
    }
    plain[length] = byte;
    length += 1;
  }
  return length;
}

function readEscape(inside: Uint8Array, at: number): { byte: number; width: number } | undefined {
  const kind = inside[at];
  if (kind === undefined) return undefined;
  if (kind === LOWER_U) {
    const digits = Buffer.from(inside.subarray(at + 1, at + 5)).toString("latin1");
    return /^00[0-7][0-9a-fA-F]$/.test(digits) ? { byte: Number.parseInt(digits, 16), width: 5 } : undefined;
  }
  const byte = SIMPLE_ESCAPES.get(kind);
  return byte === undefined ? undefined : { byte, width: 1 };
}
