// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { parseAgentFacts } from "../../protocol/agentFacts.ts";
import { parseAuditPage, parseAuditQuery } from "../../protocol/auditEntry.ts";
import { PROVIDER_IDS, VERSION } from "../../protocol/constants.ts";
import { parseDaemonStatus } from "../../protocol/daemonStatus.ts";
import { CONTROL_ERRORS, parseErrorReply } from "../../protocol/errorReply.ts";
import { parseReceipt } from "../../protocol/receipt.ts";

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));

const RECEIPT = {
  nodeId: "nA1",
  bootId: "0".repeat(32),
  name: "openai",
  version: 1,
  active: 1,
  changed: true,
  fingerprint: "0123456789abcdef",
  auditSequence: 3,
};
const VERSION_STATUS = {
  version: 1,
  fingerprint: "0123456789abcdef",
  putAt: "2026-11-23T00:00:00.000Z",
  notAfter: "2026-12-23T00:00:00.000Z",
  underWay: 0,
};
const STATUS = {
  officeClaws: 1,
  version: "0.1.0",
  bootId: "a".repeat(32),
  nodeId: "nA1",
  state: "open",
  startedAt: "2026-11-23T00:00:00.000Z",
  auditSequence: 3,
  keys: [
    {
      name: "openai",
      provider: "openai",
      active: 1,
      versions: [VERSION_STATUS],
      limits: { requestsPerDay: 5 },
      usage: { day: "2026-11-23", requests: 2, tokens: 0 },
    },
  ],
  seen: [
    { name: "anthropic", highest: 4 },
    { name: "openai", highest: 1 },
  ],
};
const [KEY] = STATUS.keys;
const ENTRY = {
  sequence: 1,
  time: "2026-11-23T00:00:00.000Z",
  caller: { nodeId: "nB", name: "laptop.example", address: "100.64.0.9", login: "op@example.com", tags: [] },
  action: "put",
  key: "openai",
  version: 1,
  allowed: true,
  code: "ok",
  previous: "0".repeat(64),
};
const keyOf = (byte: number): string => Buffer.alloc(32, byte).toString("base64url");
const PUBLIC_KEY = keyOf(7);
const IDENTITY = { publicKey: keyOf(1), proof: keyOf(2) };
const FACTS = {
  officeClaws: 1,
  hostname: "a1",
  tag: "tag:agent",
  controlUrl: "https://controlplane.tailscale.com",
  runtime: "hello",
  providers: ["anthropic"],
};

describe.each<[string, (body: Uint8Array) => unknown, Record<string, unknown>, Record<string, unknown>[]]>([
  [
    "parseReceipt",
    parseReceipt,
    RECEIPT,
    [
      { name: "A" },
      { version: -1 },
      { active: 0 },
      { changed: 1 },
      { fingerprint: "x" },
      { bootId: "" },
      { value: "sk" },
      { nodeId: "" },
    ],
  ],
  [
    "parseDaemonStatus",
    parseDaemonStatus,
    STATUS,
    [
      { officeClaws: 2 },
      { state: "ajar" },
      { keys: null },
      { version: "one" },
      { startedAt: "now" },
      { keys: [{}] },
      { keys: [{ ...KEY, limits: undefined }] },
      { keys: [{ ...KEY, limits: { requestsPerDay: 0 } }] },
      { keys: [{ ...KEY, limits: { dollars: 1 } }] },
      { keys: [{ ...KEY, usage: null }] },
      { keys: [{ ...KEY, usage: { day: "2026-13-01", requests: 0, tokens: 0 } }] },
      { keys: [{ ...KEY, usage: { day: "2026-11-23", requests: -1, tokens: 0 } }] },
      { keys: [{ ...KEY, versions: [{ ...VERSION_STATUS, notAfter: null }] }] },
      { keys: [{ ...KEY, versions: [{ ...VERSION_STATUS, underWay: 0.5 }] }] },
      { seen: null },
      { seen: [{ name: "openai" }] },
      { seen: [{ name: "openai", highest: 0 }] },
      { seen: [{ name: "OPENAI", highest: 1 }] },
      { seen: [{ name: "openai", highest: 1, value: "sk" }] },
      { extra: 1 },
    ],
  ],
  [
    "parseAuditPage",
    parseAuditPage,
    {
      entries: [
        ENTRY,
        { ...ENTRY, sequence: 2, action: "start", key: null, version: null, caller: { ...ENTRY.caller, login: null } },
        { ...ENTRY, sequence: 3, action: "refusals", key: null, version: null, code: "left-out", count: 7 },
      ],
    },
    [
      { entries: {} },
      { entries: [{ ...ENTRY, action: "dance" }] },
      { entries: [{ ...ENTRY, previous: "0" }] },
      { entries: [{ ...ENTRY, allowed: 1 }] },
      { entries: [{ ...ENTRY, count: 0 }] },
    ],
  ],
  [
    "parseAgentFacts",
    parseAgentFacts,
    FACTS,
    [
      { officeClaws: "1" },
      { hostname: "A1" },
      { tag: "agent" },
      { controlUrl: "http://controlplane.tailscale.com" },
      { controlUrl: "https://user@controlplane.tailscale.com" },
      { controlUrl: "https://controlplane.tailscale.com/path" },
      { controlUrl: "https://controlplane.tailscale.com?x" },
      { controlUrl: 1 },
      { providers: [] },
      { providers: ["anthropic", "anthropic"] },
      { providers: ["Evil"] },
      { providers: ["__proto__"] },
      { operatorKeys: [PUBLIC_KEY] },
      { identity: IDENTITY },
      { operatorKeys: [], identity: IDENTITY },
      { operatorKeys: [PUBLIC_KEY, PUBLIC_KEY], identity: IDENTITY },
      { operatorKeys: Array.from({ length: 9 }, (_, index) => keyOf(index)), identity: IDENTITY },
      { operatorKeys: [`${PUBLIC_KEY}=`], identity: IDENTITY },
      { operatorKeys: [PUBLIC_KEY], identity: { publicKey: PUBLIC_KEY } },
      { customProviders: {} },
      { customProviders: [{ id: "openai" }] },
      { remoteBroker: "broker.example:7441" },
      { egress: [] },
      { egress: ["0.0.0.0/0:443"] },
      { enrolment: "A".repeat(43) },
      { authKey: "tskey-auth-x" },
    ],
  ],
  [
    "parseErrorReply",
    parseErrorReply,
    { error: "access denied", code: "access-denied" },
    [
      { code: "Access" },
      { error: "a\u001b[2J" },
      { stack: "x" },
      { winner: null },
      { winner: { version: 0, by: "laptop", at: "2026-11-23T00:00:00Z" } },
      { winner: { version: 1, by: "laptop", at: "yesterday" } },
      { winner: { version: 1, by: "laptop", at: "2026-11-23T00:00:00Z", value: "sk" } },
    ],
  ],
])("%s", (_name, parse, good, changes) => {
  it("reads a good document as it is", () => {
    expect(parse(json(good))).toEqual(good);
  });

  it.each(changes)("refuses it with %j", (change) => {
    expect(() => parse(json({ ...good, ...change }))).toThrow("cannot read");
  });

  it.each(Object.keys(good))("refuses it without %s", (member) => {
    const rest = Object.fromEntries(Object.entries(good).filter(([name]) => name !== member));

    expect(() => parse(json(rest))).toThrow(`cannot read "${member}`);
  });
});

describe("parseAgentFacts", () => {
  it("takes a control URL with a port and with a final slash", () => {
    expect(parseAgentFacts(json({ ...FACTS, controlUrl: "https://headscale.example:8443/" })).controlUrl).toBe(
      "https://headscale.example:8443/",
    );
  });
});

describe("parseAuditQuery", () => {
  it.each([
    ["", { after: 0, limit: 100 }],
    ["after=7", { after: 7, limit: 100 }],
    ["limit=500&after=0", { after: 0, limit: 500 }],
  ])("reads %j", (query, value) => {
    expect(parseAuditQuery(query)).toEqual(value);
  });

  it.each([
    "limit=0",
    "limit=501",
    "after=-1",
    "after=1&after=2",
    "after",
    "after=01",
    "other=1",
    "after=1&",
    "after=1%30",
    "after=9999999999999999",
  ])("refuses %j", (query) => {
    expect(() => parseAuditQuery(query)).toThrow("cannot read");
  });
});

describe("the error table", () => {
  it("has a status and a text that its own parser reads, for every code", () => {
    for (const [code, { status, text }] of Object.entries(CONTROL_ERRORS)) {
      expect(parseErrorReply(json({ error: text, code }))).toEqual({ error: text, code });
      expect(status).toBeGreaterThanOrEqual(400);
    }
  });
});

describe("the facts of an agent", () => {
  it("are read with everything that an agent may have", () => {
    const full = {
      ...FACTS,
      runtime: "openclaw",
      providers: ["anthropic", "acme"],
      operatorKeys: [PUBLIC_KEY, keyOf(8)],
      identity: IDENTITY,
      customProviders: [
        {
          id: "acme",
          origin: "https://api.acme.example",
          auth: { header: "authorization", prefix: "Bearer " },
          endpoints: ["POST /v1/chat/completions"],
          usage: "openai",
        },
      ],
      remoteBroker: "100.64.0.9:7441",
      egress: ["140.82.112.0/20:443", "[2606:50c0::/32]:443"],
    };
    expect(parseAgentFacts(json(full))).toEqual(full);
  });
});

describe("an error with a winner", () => {
  it("tells who it was", () => {
    const reply = {
      error: "x",
      code: "stale-version",
      winner: { version: 4, by: "laptop", at: "2026-11-23T00:00:00Z" },
    };
    expect(parseErrorReply(json(reply))).toEqual(reply);
  });
});

describe("the constants", () => {
  it("carry the release of the package", () => {
    const { version } = JSON.parse(readFileSync(`${import.meta.dirname}/../../package.json`, "utf8")) as {
      version: string;
    };

    expect(VERSION).toBe(version);
    expect(PROVIDER_IDS).toEqual(["anthropic", "openai", "gemini", "openrouter", "xai", "groq", "deepseek", "mistral"]);
  });
});
