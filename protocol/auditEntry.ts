// SPDX-License-Identifier: Apache-2.0
import { CONTROL_ACTIONS, type ControlAction } from "./capability.ts";
import { DEFAULT_AUDIT_LIMIT, MAX_AUDIT_LIMIT, MAX_REPLY_BYTES } from "./constants.ts";
import { ParseError } from "./parseError.ts";
import { parseJson } from "./parseJson.ts";
import { nullOr, optional, readBoolean, readList, readObject, readOneOf, readText, readWhole } from "./shape.ts";
import { readTime } from "./time.ts";

/** Who called, as the daemon's own tailscaled saw it. Texts are empty where it did not know. */
export interface AuditCaller {
  readonly nodeId: string;
  readonly name: string;
  readonly address: string;
  /** Null for tagged nodes and unknown callers. */
  readonly login: string | null;
  readonly tags: readonly string[];
}

/** The daemon's own entries: `start` at each start, `refusals` for refusals that were too many to have a line each. */
export type AuditAction = ControlAction | "start" | "refusals";

/** One line of the audit log, written before the act that it records. */
export interface AuditEntry {
  /** From 1 up, without gaps. */
  readonly sequence: number;
  readonly time: string;
  readonly caller: AuditCaller;
  readonly action: AuditAction;
  readonly key: string | null;
  readonly version: number | null;
  /** Whether the act was carried out. */
  readonly allowed: boolean;
  /** `ok`, or the error code that the caller got. */
  readonly code: string;
  /** How many refusals have no line of their own; only in an entry of `refusals`. */
  readonly count?: number;
  /** SHA-256 of the line before, in hexadecimal; zeros in the first line. */
  readonly previous: string;
}

/** Reply of `GET /v1/audit`. */
export interface AuditPage {
  /** In order of sequence. */
  readonly entries: readonly AuditEntry[];
}

/** Query of `GET /v1/audit`. */
export interface AuditQuery {
  /** Only entries with a higher sequence; 0 by default. */
  readonly after: number;
  /** Most entries in the reply. */
  readonly limit: number;
}

const readCaller = readObject<AuditCaller>({
  nodeId: readText(64),
  name: readText(300),
  address: readText(64),
  login: nullOr(readText(320)),
  tags: readList(readText(64), 64),
});

/** Reads one entry of the log. */
export const readAuditEntry = readObject<AuditEntry>({
  sequence: readWhole(1),
  time: readTime,
  caller: readCaller,
  action: readOneOf([...CONTROL_ACTIONS, "start", "refusals"]),
  key: nullOr(readText(63)),
  version: nullOr(readWhole(0)),
  allowed: readBoolean,
  code: readText(60, /^[a-z]+(?:-[a-z0-9]+)*$/, "words with hyphens"),
  count: optional(readWhole(1)),
  previous: readText(64, /^[0-9a-f]{64}$/, "64 hexadecimal digits"),
});

const readPage = readObject<AuditPage>({ entries: readList(readAuditEntry, MAX_AUDIT_LIMIT) });

/** @throws ParseError */
export function parseAuditPage(body: Uint8Array): AuditPage {
  return readPage(parseJson(body, { maxBytes: MAX_REPLY_BYTES, maxDepth: 6 }), "");
}

/** Reads the part of the target after `?`, empty for none. @throws ParseError for anything but `after` and `limit`, once each */
export function parseAuditQuery(query: string): AuditQuery {
  const values = new Map<string, number>();
  for (const part of query === "" ? [] : query.split("&")) {
    const [, name, digits] = /^(after|limit)=(0|[1-9]\d{0,14})$/.exec(part) ?? [];
    if (name === undefined || values.has(name)) throw new ParseError("query", "must be after=NUMBER and limit=NUMBER");
    values.set(name, Number(digits));
  }
  const limit = values.get("limit") ?? DEFAULT_AUDIT_LIMIT;
  if (limit < 1 || limit > MAX_AUDIT_LIMIT) throw new ParseError("limit", `must be 1 to ${MAX_AUDIT_LIMIT}`);
  return { after: values.get("after") ?? 0, limit };
}
