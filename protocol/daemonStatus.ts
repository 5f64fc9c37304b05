// SPDX-License-Identifier: Apache-2.0
import { MAX_REPLY_BYTES } from "./constants.ts";
import { readKeyLimits, readKeyUsage, type KeyLimits, type KeyUsage } from "./keyLimits.ts";
import { readBootId, readFingerprint, readKeyName, readNodeId, readProviderId } from "./names.ts";
import { parseJson } from "./parseJson.ts";
import { nullOr, readList, readObject, readOneOf, readText, readWhole } from "./shape.ts";
import { readTime } from "./time.ts";

/** One version of a key that the daemon holds. */
export interface KeyVersionStatus {
  readonly version: number;
  readonly fingerprint: string;
  readonly putAt: string;
  /** From then on it is not lent. */
  readonly notAfter: string;
  /** Requests that hold a copy of it at this moment. */
  readonly underWay: number;
}

/** One key that the daemon holds; never its value. */
export interface KeyStatus {
  readonly name: string;
  readonly provider: string;
  readonly active: number | null;
  readonly versions: readonly KeyVersionStatus[];
  /** Null when there is no limit. */
  readonly limits: KeyLimits | null;
  /** Of the current UTC day. */
  readonly usage: KeyUsage;
}

/** A key that was put at any time, also before a restart, and is perhaps not held any more. */
export interface SeenKey {
  readonly name: string;
  /** Highest version ever put. A lower one is refused; one above it never is for its number. */
  readonly highest: number;
}

/** Reply of `GET /v1/status`: what is held, never what was asked or answered. */
export interface DaemonStatus {
  readonly officeClaws: 1;
  /** Release of the daemon. */
  readonly version: string;
  readonly bootId: string;
  readonly nodeId: string;
  /** `sealed`: runs and holds no key, as after each start; `relay`: never holds one, the owner's broker does. */
  readonly state: "sealed" | "open" | "relay";
  readonly startedAt: string;
  /** Number of the last audit entry. */
  readonly auditSequence: number;
  readonly keys: readonly KeyStatus[];
  /** By name. */
  readonly seen: readonly SeenKey[];
}

const readVersionStatus = readObject<KeyVersionStatus>({
  version: readWhole(1),
  fingerprint: readFingerprint,
  putAt: readTime,
  notAfter: readTime,
  underWay: readWhole(0),
});

const readKeyStatus = readObject<KeyStatus>({
  name: readKeyName,
  provider: readProviderId,
  active: nullOr(readWhole(1)),
  versions: readList(readVersionStatus, 1000),
  limits: nullOr(readKeyLimits),
  usage: readKeyUsage,
});

const readSeenKey = readObject<SeenKey>({ name: readKeyName, highest: readWhole(1) });

const read = readObject<DaemonStatus>({
  officeClaws: readOneOf([1]),
  version: readText(64, /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/, "a release number"),
  bootId: readBootId,
  nodeId: readNodeId,
  state: readOneOf(["sealed", "open", "relay"]),
  startedAt: readTime,
  auditSequence: readWhole(0),
  keys: readList(readKeyStatus, 1000),
  seen: readList(readSeenKey, 10_000),
});

/** @throws ParseError */
export function parseDaemonStatus(body: Uint8Array): DaemonStatus {
  return read(parseJson(body, { maxBytes: MAX_REPLY_BYTES, maxDepth: 6 }), "");
}
