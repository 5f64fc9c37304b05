// SPDX-License-Identifier: Apache-2.0
import { readBootId, readFingerprint, readNodeId } from "./names.ts";
import { parseJson } from "./parseJson.ts";
import { nullOr, readBoolean, readObject, readText, readWhole } from "./shape.ts";

/** What the daemon answers after a change. Never holds the value. */
export interface Receipt {
  readonly nodeId: string;
  /** Random per start of the daemon: another one means that the keys of before are gone. */
  readonly bootId: string;
  /** `*` after a wipe. */
  readonly name: string;
  /** The version that the request named, 0 when it named none. */
  readonly version: number;
  /** The version that new requests get from now on; null when the name holds no key any more. */
  readonly active: number | null;
  /** Whether the request changed anything; a repeated one does not. */
  readonly changed: boolean;
  /** HMAC-SHA-256 of the value under a key of this start, cut to 16 hexadecimal digits; zeros where no value is left. */
  readonly fingerprint: string;
  /** Number of the audit entry that was written before the change. */
  readonly auditSequence: number;
}

const read = readObject<Receipt>({
  nodeId: readNodeId,
  bootId: readBootId,
  name: readText(63, /^(?:\*|[a-z][a-z0-9-]{0,62})$/, "a key name or *"),
  version: readWhole(0),
  active: nullOr(readWhole(1)),
  changed: readBoolean,
  fingerprint: readFingerprint,
  auditSequence: readWhole(1),
});

/** @throws ParseError */
export function parseReceipt(body: Uint8Array): Receipt {
  return read(parseJson(body, { maxDepth: 2 }), "");
}
