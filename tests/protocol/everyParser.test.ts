// SPDX-License-Identifier: Apache-2.0
// What holds for every parser of a document that somebody else wrote.
import fc from "fast-check";
import { parseTailnetStatus } from "../../agent-image/daemon/tailnetStatus.ts";
import { parseWhois } from "../../agent-image/daemon/whois.ts";
import { parseAgentFacts } from "../../protocol/agentFacts.ts";
import { parseAuditPage } from "../../protocol/auditEntry.ts";
import { parseDaemonStatus } from "../../protocol/daemonStatus.ts";
import { parseErrorReply } from "../../protocol/errorReply.ts";
import {
  parseActivateRequest,
  parsePutRequest,
  parseRevokeRequest,
  renderablePut,
} from "../../protocol/keyRequests.ts";
import { ParseError } from "../../protocol/parseError.ts";
import { parseReceipt } from "../../protocol/receipt.ts";
import { parseSealedEnvelope, parseSealedPut } from "../../protocol/sealedPut.ts";
import { parseSealReply } from "../../protocol/sealReply.ts";
import { statusDocument, whoisDocument } from "../support/fakeLocalApi.ts";

const NOON = "2026-11-23T12:00:00.000Z";
const IDS = { nodeId: "nA1", bootId: "0".repeat(32) };
const LIMITS = { requestsPerDay: 5, tokensPerDay: 7 };
const PUT = { name: "openai", provider: "openai", version: 2, value: "sk-1", notAfter: NOON, limits: LIMITS };
const BYTES = (length: number): string => Buffer.alloc(length, 7).toString("base64url");
const IDENTITY = { publicKey: BYTES(32), proof: BYTES(32) };
const HELD = { version: 1, fingerprint: "0123456789abcdef", putAt: NOON, notAfter: NOON, underWay: 0 };
const KEY = {
  ...{ name: "openai", provider: "openai", active: 1, versions: [HELD], limits: LIMITS },
  usage: { day: "2026-11-23", requests: 2, tokens: 0 },
};
const ENTRY = {
  sequence: 1,
  time: NOON,
  caller: { nodeId: "nB", name: "laptop.example", address: "100.64.0.9", login: "op@example.com", tags: ["tag:ci"] },
  ...{ action: "refusals", key: "openai", version: 1, allowed: false, code: "left-out", count: 3 },
  previous: "0".repeat(64),
};
const FACTS = {
  ...{ officeClaws: 1, hostname: "a1", tag: "tag:agent", controlUrl: "https://controlplane.tailscale.com" },
  ...{ runtime: "hello", providers: ["anthropic"], operatorKeys: [BYTES(32)], identity: IDENTITY, ssh: true },
  ...{ remoteBroker: "100.64.0.9:7441", egress: ["203.0.113.0/24:443"] },
};

type Parse = (bytes: Uint8Array) => unknown;

/** Name, parser, and a document with every member that it knows. The parser gives back what it read as it stood. */
const OURS: readonly (readonly [string, Parse, object])[] = [
  ["a put", (bytes) => renderablePut(parsePutRequest(bytes)), PUT],
  ["an activation", parseActivateRequest, { name: "openai", version: 2 }],
  ["a revocation", parseRevokeRequest, { name: "openai", version: 2, now: true }],
  [
    "a sealed put",
    (bytes) => {
      const { envelope, ...rest } = parseSealedPut(bytes);
      return { ...rest, envelope: envelope.toString("base64") };
    },
    { operator: BYTES(32), signature: BYTES(64), envelope: "YWdl" },
  ],
  [
    "an envelope",
    (bytes) => {
      const { put, ...rest } = parseSealedEnvelope(bytes);
      return { ...rest, put: renderablePut(put) };
    },
    { officeClaws: 1, ...IDS, nonce: BYTES(16), put: PUT },
  ],
  [
    "a seal",
    parseSealReply,
    {
      ...{ officeClaws: 1, ...IDS, recipient: `age1${"q".repeat(58)}`, nonce: BYTES(16), identity: IDENTITY },
      signature: BYTES(64),
    },
  ],
  [
    "a receipt",
    parseReceipt,
    { ...IDS, name: "openai", version: 1, active: 1, changed: true, fingerprint: "0".repeat(16), auditSequence: 3 },
  ],
  [
    "a status",
    parseDaemonStatus,
    {
      ...{ officeClaws: 1, version: "0.1.0", ...IDS, state: "open", startedAt: NOON, auditSequence: 3, keys: [KEY] },
      seen: [{ name: "openai", highest: 1 }],
    },
  ],
  ["a page of the audit log", parseAuditPage, { entries: [ENTRY] }],
  [
    "an error",
    parseErrorReply,
    { error: "access denied", code: "access-denied", winner: { version: 1, by: "laptop", at: NOON } },
  ],
  ["an agent's facts", parseAgentFacts, FACTS],
];
const TAILSCALE: typeof OURS = [
  ["tailscaled's status", parseTailnetStatus, statusDocument()],
  ["tailscaled's whois", parseWhois, whoisDocument({ Tags: ["tag:ci"], Sharer: 0, Expired: false })],
];

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

/** The parser's word on a document: what it read, or undefined when it refuses. @throws what is no ParseError */
function wordOf(parse: Parse, bytes: Uint8Array): unknown {
  try {
    return parse(bytes);
  } catch (error) {
    if (error instanceof ParseError) return undefined;
    throw error;
  }
}

type Path = readonly string[];

/** Paths of all values in a document, of its objects only if told so. */
function pathsIn(value: unknown, at: Path = [], objectsOnly = false): readonly Path[] {
  if (typeof value !== "object" || value === null) return objectsOnly ? [] : [at];
  const below = Object.entries(value).flatMap(([name, one]) => pathsIn(one, [...at, name], objectsOnly));
  return objectsOnly && Array.isArray(value) ? below : [at, ...below];
}

/** The same document with another value at a path; undefined takes the member away. */
function changed(value: unknown, [name, ...rest]: Path, to: unknown): unknown {
  if (name === undefined) return to;
  const copy: Record<string, unknown> = { ...(value as object) };
  // An assignment would not make a member of the name "__proto__".
  const member = { value: changed(copy[name], rest, to), enumerable: true, configurable: true, writable: true };
  Object.defineProperty(copy, name, member);
  return Array.isArray(value) ? Object.values(copy) : copy;
}

const anyJson = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(-1, 0, 0.5, 2 ** 53, "", "\u0000", "a".repeat(5000), "__proto__", null, [], {}, [[]], true),
);

describe.each([...OURS, ...TAILSCALE])("%s", (_name, parse, good) => {
  it("is read when it is good", () => {
    expect(wordOf(parse, json(good))).toBeDefined();
  });

  it("is refused with a ParseError and nothing else when it is any bytes at all", () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 60 }), anyJson.map(json));
    fc.assert(
      fc.property(bytes, (one) => {
        expect(wordOf(parse, one)).toBeUndefined();
      }),
    );
  });

  it("never ends in another error, whatever stands in the place of one of its values", () => {
    fc.assert(
      fc.property(fc.constantFrom(...pathsIn(good)), fc.option(anyJson, { nil: undefined }), (path, value) => {
        wordOf(parse, json(changed(good, path, value) ?? null));
      }),
      { numRuns: 300 },
    );
  });
});

describe.each(OURS)("%s of ours", (_name, parse, good) => {
  it("is read as it stands or not at all", () => {
    expect(parse(json(good))).toEqual(good);
    fc.assert(
      fc.property(fc.constantFrom(...pathsIn(good)), fc.option(anyJson, { nil: undefined }), (path, value) => {
        const text = json(changed(good, path, value) ?? null);
        const stands: unknown = JSON.parse(text.toString());
        expect(wordOf(parse, text) ?? stands).toEqual(stands);
      }),
      { numRuns: 300 },
    );
  });

  it("has no member anywhere that nobody knows", () => {
    const objects = pathsIn(good, [], true);
    const names = fc.string({ minLength: 1 }).filter((name) => !JSON.stringify(good).includes(JSON.stringify(name)));
    fc.assert(
      fc.property(fc.constantFrom(...objects), names, anyJson, (path, name, value) => {
        expect(wordOf(parse, json(changed(good, [...path, name], value)))).toBeUndefined();
      }),
    );
  });
});
