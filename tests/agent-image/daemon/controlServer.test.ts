// SPDX-License-Identifier: Apache-2.0
import type { Whois } from "../../../agent-image/daemon/whois.ts";
import { parseAuditPage } from "../../../protocol/auditEntry.ts";
import { parseDaemonStatus } from "../../../protocol/daemonStatus.ts";
import { CONTROL_ERRORS, type ControlErrorCode } from "../../../protocol/errorReply.ts";
import { parseReceipt } from "../../../protocol/receipt.ts";
import { sendRaw, statusesIn } from "../../support/rawHttp.ts";
import { REFUSALS_PER_CALLER } from "../../../agent-image/daemon/refusalLog.ts";
import { OPERATOR, startTestDaemon, type TestDaemon, type TestReply } from "../../support/testDaemon.ts";

const PUT = { name: "openai", provider: "openai", version: 1, value: "sk-canary-1" };

let daemon: TestDaemon;
let whois: () => Promise<Whois | undefined>;

beforeEach(async () => {
  whois = () => Promise.resolve(OPERATOR);
  daemon = await startTestDaemon({ whois: () => whois() });
});
afterEach(() => daemon.stop());

function expectError(reply: TestReply, code: ControlErrorCode): void {
  const { status, text } = CONTROL_ERRORS[code];
  expect([reply.status, { ...(reply.body as object), winner: undefined }]).toEqual([status, { error: text, code }]);
}

/** Action, key, version, allowed and code of every entry after the start. */
async function recorded(): Promise<unknown> {
  const entries = await daemon.audit();
  return entries.slice(1).map(({ action, key, version, allowed, code }) => [action, key, version, allowed, code]);
}

const portOf = (url: string): number => Number(new URL(url).port);

describe("the control API", () => {
  it("tells its status, which the protocol's parser reads", async () => {
    const { status, body } = await daemon.call("GET", "/v1/status");
    const read = parseDaemonStatus(Buffer.from(JSON.stringify(body)));

    expect(status).toBe(200);
    expect(read).toEqual({
      officeClaws: 1,
      version: "0.1.0",
      bootId: daemon.bootId,
      nodeId: "nAGENT",
      state: "sealed",
      startedAt: expect.any(String),
      auditSequence: 1,
      keys: [],
      seen: [],
    });
  });

  it("takes a key, activates the next version, revokes and wipes, with a receipt for each", async () => {
    const receipt = async (path: string, body: unknown): Promise<unknown> => {
      const reply = await daemon.call("POST", path, body);
      const { bootId, nodeId, fingerprint, ...rest } = parseReceipt(Buffer.from(JSON.stringify(reply.body)));
      expect([reply.status, bootId, nodeId]).toEqual([200, daemon.bootId, "nAGENT"]);
      return { ...rest, hasFingerprint: fingerprint !== "0".repeat(16) };
    };

    expect(await receipt("/v1/keys/put", PUT)).toEqual({
      name: "openai",
      version: 1,
      active: 1,
      changed: true,
      hasFingerprint: true,
      auditSequence: 2,
    });
    expect(await receipt("/v1/keys/put", { ...PUT, version: 2, value: "sk-canary-2" })).toMatchObject({
      version: 2,
      active: 1,
      auditSequence: 3,
    });
    expect(await receipt("/v1/keys/activate", { name: "openai", version: 2 })).toMatchObject({
      active: 2,
      changed: true,
      auditSequence: 4,
    });
    expect(await receipt("/v1/keys/revoke", { name: "openai", version: 1 })).toMatchObject({
      version: 1,
      active: 2,
      hasFingerprint: false,
    });
    expect(await receipt("/v1/keys/revoke", { name: "openai" })).toMatchObject({
      version: 0,
      active: null,
      changed: true,
    });
    expect(await receipt("/v1/wipe", {})).toMatchObject({
      name: "*",
      version: 0,
      active: null,
      changed: false,
      auditSequence: 7,
    });
    expect(await recorded()).toEqual([
      ["put", "openai", 1, true, "ok"],
      ["put", "openai", 2, true, "ok"],
      ["activate", "openai", 2, true, "ok"],
      ["revoke", "openai", 1, true, "ok"],
      ["revoke", "openai", null, true, "ok"],
      ["wipe", "*", null, true, "ok"],
    ]);
  });

  it("refuses conflicts with their codes, records them, and keeps what it holds", async () => {
    await daemon.call("POST", "/v1/keys/put", { ...PUT, version: 2 });
    expectError(await daemon.call("POST", "/v1/keys/put", { ...PUT, version: 2, value: "other" }), "version-conflict");
    expectError(await daemon.call("POST", "/v1/keys/put", PUT), "stale-version");
    expectError(await daemon.call("POST", "/v1/keys/put", { ...PUT, name: "second" }), "provider-taken");
    expectError(await daemon.call("POST", "/v1/keys/activate", { name: "openai", version: 9 }), "unknown-version");
    expectError(await daemon.call("POST", "/v1/keys/revoke", { name: "openai", version: 2 }), "active-version");
    expectError(await daemon.call("POST", "/v1/keys/revoke", { name: "anthropic" }), "unknown-key");
    await daemon.call("POST", "/v1/keys/revoke", { name: "openai" });
    expectError(await daemon.call("POST", "/v1/keys/put", { ...PUT, version: 2 }), "revoked-version");

    expect(await recorded()).toEqual([
      ["put", "openai", 2, true, "ok"],
      ["put", "openai", 2, false, "version-conflict"],
      ["put", "openai", 1, false, "stale-version"],
      ["put", "second", 1, false, "provider-taken"],
      ["activate", "openai", 9, false, "unknown-version"],
      ["revoke", "openai", 2, false, "active-version"],
      ["revoke", "anthropic", null, false, "unknown-key"],
      ["revoke", "openai", null, true, "ok"],
      ["put", "openai", 2, false, "revoked-version"],
    ]);
  });

  it("refuses a provider that this agent is not configured for", async () => {
    const other = await startTestDaemon({ providers: ["anthropic"] });

    expectError(await other.call("POST", "/v1/keys/put", PUT), "provider-not-configured");
    await other.stop();
  });

  it("gives the audit log page by page, and records that it did", async () => {
    await daemon.call("POST", "/v1/keys/put", PUT);
    const page = async (query: string): Promise<readonly unknown[]> => {
      const reply = await daemon.call("GET", `/v1/audit${query}`);
      return parseAuditPage(Buffer.from(JSON.stringify(reply.body))).entries.map(({ sequence, action }) => [
        sequence,
        action,
      ]);
    };

    expect(await page("")).toEqual([
      [1, "start"],
      [2, "put"],
      [3, "audit"],
    ]);
    expect(await page("?after=1&limit=2")).toEqual([
      [2, "put"],
      [3, "audit"],
    ]);
    expectError(await daemon.call("GET", "/v1/audit?limit=501"), "bad-request");
  });

  it("records every caller in full and no value, ever", async () => {
    await daemon.call("POST", "/v1/keys/put", PUT);
    await daemon.call("POST", "/v1/keys/put", { ...PUT, value: "sk-canary with space" });
    const [, entry] = await daemon.audit();

    expect(entry?.caller).toEqual({
      nodeId: "nOPERATOR",
      name: "laptop.lab.example",
      address: "127.0.0.1",
      login: "op@lab.example",
      tags: [],
    });
    expect(JSON.stringify([await daemon.audit(), daemon.lines])).not.toContain("canary");
  });

  it("does not record a status that it gave, so that watching wears no disk", async () => {
    await daemon.call("GET", "/v1/status");

    expect(await recorded()).toEqual([]);
  });
});

describe("a caller", () => {
  it.each<[string, Partial<Whois> | undefined, string]>([
    ["a stranger", undefined, "unknown-node"],
    ["the droplet itself", { nodeId: "nAGENT" }, "own-node"],
    ["another agent, even with a grant", { tags: ["tag:agent"] }, "other-agent"],
    ["a shared node", { isShared: true }, "shared-node"],
    ["an expired node", { isExpired: true }, "expired-node"],
    ["a node behind a subnet router", { addresses: ["100.64.0.1"] }, "foreign-address"],
    ["a node without the capability", { capability: [] }, "no-capability"],
    [
      "a node with a malformed capability",
      { capability: [{ actions: ["put"], keys: ["*"], x: 1 }] },
      "malformed-capability",
    ],
  ])("that is %s is denied everything, and recorded", async (_name, change, fault) => {
    whois = () => Promise.resolve(change === undefined ? undefined : { ...OPERATOR, ...change });

    expectError(await daemon.call("GET", "/v1/status"), "access-denied");
    expectError(await daemon.call("POST", "/v1/keys/put", PUT), "access-denied");
    expectError(await daemon.call("POST", "/v1/wipe", {}), "access-denied");
    expect(await recorded()).toEqual([
      ["status", null, null, false, "access-denied"],
      ["put", null, null, false, "access-denied"],
      ["wipe", null, null, false, "access-denied"],
    ]);
    expect(daemon.lines.filter(({ event }) => event === "control-refused").map((line) => line["fault"])).toEqual([
      fault,
      fault,
      fault,
    ]);
  });

  it("may do just what its capability says, on just those keys", async () => {
    whois = () => Promise.resolve({ ...OPERATOR, capability: [{ actions: ["put", "status"], keys: ["openai*"] }] });

    expect((await daemon.call("POST", "/v1/keys/put", PUT)).status).toBe(200);
    expectError(
      await daemon.call("POST", "/v1/keys/put", { ...PUT, name: "anthropic", provider: "anthropic" }),
      "access-denied",
    );
    expectError(await daemon.call("POST", "/v1/keys/activate", { name: "openai", version: 1 }), "access-denied");
    expectError(await daemon.call("GET", "/v1/audit"), "access-denied");
    expect(await recorded()).toEqual([
      ["put", "openai", 1, true, "ok"],
      ["put", "anthropic", 1, false, "access-denied"],
      ["activate", null, null, false, "access-denied"],
      ["audit", null, null, false, "access-denied"],
    ]);
  });

  it("sees only those keys in the status that its capability names", async () => {
    await daemon.call("POST", "/v1/keys/put", PUT);
    await daemon.call("POST", "/v1/keys/put", { ...PUT, name: "anthropic", provider: "anthropic" });
    whois = () => Promise.resolve({ ...OPERATOR, capability: [{ actions: ["status"], keys: ["anthropic"] }] });

    expect((await daemon.call("GET", "/v1/status")).body).toMatchObject({
      state: "open",
      keys: [{ name: "anthropic" }],
      seen: [{ name: "anthropic", highest: 1 }],
    });
  });

  it("may not wipe with a rule for some keys only", async () => {
    whois = () => Promise.resolve({ ...OPERATOR, capability: [{ actions: ["wipe"], keys: ["openai"] }] });

    expectError(await daemon.call("POST", "/v1/wipe", {}), "access-denied");
  });

  it("is looked up for each call, so a grant that is gone counts at once", async () => {
    expect((await daemon.call("GET", "/v1/status")).status).toBe(200);
    whois = () => Promise.resolve({ ...OPERATOR, capability: [] });

    expectError(await daemon.call("GET", "/v1/status"), "access-denied");
  });

  it("gets a 503 and nothing is done while identities cannot be looked up", async () => {
    whois = () => Promise.reject(new Error("tailscaled hangs"));
    const reply = await daemon.call("POST", "/v1/keys/put", PUT);

    expectError(reply, "identity-unavailable");
    expect(reply.headers.get("retry-after")).toBe("5");
    expect(await recorded()).toEqual([["put", null, null, false, "identity-unavailable"]]);
    expect((await daemon.audit())[1]?.caller).toMatchObject({ nodeId: "", address: "127.0.0.1" });
  });

  it("that floods the daemon gets every answer, but not a line for each", async () => {
    whois = () => Promise.resolve(undefined);
    for (let call = 0; call < 50; call += 1) expectError(await daemon.call("GET", "/v1/status"), "access-denied");
    whois = () => Promise.resolve(OPERATOR);
    expect((await daemon.call("POST", "/v1/keys/put", PUT)).status).toBe(200);

    const codes = (await daemon.audit()).map(({ action, code }) => `${action} ${code}`);
    const denied = Array.from({ length: REFUSALS_PER_CALLER }, () => "status access-denied");
    expect(codes).toEqual(["start ok", ...denied, "put ok"]);
    expect(daemon.lines.filter(({ event }) => event === "control-refused")).toHaveLength(REFUSALS_PER_CALLER);
  });

  it("is not believed when it says who it is", async () => {
    whois = () => Promise.resolve(undefined);
    const forged = {
      "tailscale-user-login": "op@lab.example",
      "x-forwarded-for": "100.64.0.9",
      "x-webauth-user": "op",
      authorization: "Bearer x",
    };

    expectError(await daemon.call("GET", "/v1/status", undefined, forged), "access-denied");
  });
});

describe("a request", () => {
  it.each<[ControlErrorCode, string, string, unknown, Record<string, string>]>([
    ["browser-refused", "GET", "/v1/status", undefined, { "sec-claws-no-browsers": "" }],
    ["browser-refused", "GET", "/v1/status", undefined, { "sec-claws-no-browsers": "true" }],
    ["browser-refused", "GET", "/v1/status", undefined, { origin: "https://evil.example" }],
    ["browser-refused", "GET", "/v1/status", undefined, { origin: "null" }],
    ["browser-refused", "GET", "/v1/status", undefined, { referer: "https://evil.example/" }],
    ["browser-refused", "GET", "/v1/status", undefined, { "sec-fetch-site": "cross-site" }],
    ["wrong-media-type", "POST", "/v1/keys/put", PUT, { "content-type": "text/plain" }],
    ["wrong-media-type", "POST", "/v1/keys/put", PUT, { "content-type": "application/json; charset=utf-16" }],
    ["wrong-media-type", "POST", "/v1/keys/put", PUT, { "content-type": "application/x-www-form-urlencoded" }],
    ["wrong-media-type", "POST", "/v1/keys/put", PUT, { "content-encoding": "gzip" }],
    ["wrong-media-type", "POST", "/v1/wipe", undefined, {}],
    ["bad-request", "POST", "/v1/keys/put?force=1", PUT, {}],
    ["bad-request", "POST", "/v1/keys/put", { ...PUT, version: "1" }, {}],
    ["bad-request", "POST", "/v1/keys/put", [], {}],
    ["bad-request", "POST", "/v1/wipe", { name: "*" }, {}],
    ["bad-request", "GET", "/v1/status?x", undefined, {}],
    ["too-large", "POST", "/v1/keys/put", { ...PUT, value: "k".repeat(65_536) }, {}],
  ])("is answered with %s: %s %s", async (code, method, path, body, headers) => {
    expectError(await daemon.call(method, path, body, headers), code);
    const entries = await daemon.audit();

    expect(entries.map((entry) => entry.code)).toEqual(["ok", code]);
    expect((await daemon.call("GET", "/v1/status")).body).toMatchObject({ state: "sealed" });
  });

  it.each([
    ["not-found", "GET", "/"],
    ["not-found", "GET", "/v1/status/"],
    ["not-found", "GET", "//v1/status"],
    ["not-found", "GET", "/v1/keys"],
    ["not-found", "POST", "/v1/%77ipe"],
  ] as const)("is answered with %s and not recorded: %s %s", async (code, method, path) => {
    expectError(await daemon.call(method, path), code);
    expect(await recorded()).toEqual([]);
  });

  it.each([
    ["POST", "/v1/status", "status"],
    ["DELETE", "/v1/status", "status"],
    ["GET", "/v1/wipe", "wipe"],
    ["OPTIONS", "/v1/keys/put", "put"],
  ])("with the wrong method for its path is recorded under what the path does: %s %s", async (method, path, action) => {
    expectError(await daemon.call(method, path), "method-not-allowed");
    expect(await recorded()).toEqual([[action, null, null, false, "method-not-allowed"]]);
  });

  it.each([
    ["another name", "evil.example"],
    ["another name with the port", "evil.example:7440"],
    ["the address without its port", "127.0.0.1"],
    ["the address with another port", "127.0.0.1:1"],
    ["a name that starts like ours", "a1.lab.example.evil.example:@"],
    ["a user in front", "x@127.0.0.1:@"],
  ])("for %s is misdirected", async (_name, host) => {
    const port = portOf(daemon.url);
    const head = `GET /v1/status HTTP/1.1\r\nHost: ${host.replace("@", String(port))}\r\nSec-Claws-No-Browsers: 1\r\nConnection: close\r\n\r\n`;

    expect(statusesIn((await sendRaw(port, head)).text)).toEqual([421]);
  });

  it.each(["127.0.0.1", "a1.lab.example", "A1.Lab.Example", "a1"])(
    "for %s, which is the daemon's own, is served",
    async (host) => {
      const port = portOf(daemon.url);
      const head = `GET /v1/status HTTP/1.1\r\nHost: ${host}:${port}\r\nSec-Claws-No-Browsers: 1\r\nConnection: close\r\n\r\n`;

      expect(statusesIn((await sendRaw(port, head)).text)).toEqual([200]);
    },
  );

  it.each<[string, string, string, readonly number[]]>([
    ["HTTP/1.0", "GET /v1/status HTTP/1.0", "", [400]],
    ["HTTP/0.9", "GET /v1/status", "", [400]],
    ["absolute form", "GET http://127.0.0.1/v1/status HTTP/1.1", "", [404]],
    ["CONNECT", "CONNECT 127.0.0.1:22 HTTP/1.1", "", [405]],
    ["an upgrade", "GET /v1/status HTTP/1.1", "Upgrade: websocket\r\n", [400]],
    ["a body on GET", "GET /v1/status HTTP/1.1", "Content-Length: 2\r\n", [400]],
    ["length and coding", "POST /v1/wipe HTTP/1.1", "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", [400]],
    [
      "two types",
      "POST /v1/wipe HTTP/1.1",
      "Content-Type: application/json\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n",
      [400],
    ],
    ["10,000 headers", "GET /v1/status HTTP/1.1", "a: b\r\n".repeat(10_000), [431]],
    ["101 headers", "GET /v1/status HTTP/1.1", "a: b\r\n".repeat(101), [400]],
    ["an expectation", "POST /v1/wipe HTTP/1.1", "Expect: 200-ok\r\nContent-Length: 2\r\n", [400]],
  ])("by %s is refused and changes nothing", async (_name, line, headers, expected) => {
    const port = portOf(daemon.url);
    const { text } = await sendRaw(
      port,
      `${line}\r\nHost: 127.0.0.1:${port}\r\nSec-Claws-No-Browsers: 1\r\nConnection: close\r\n${headers}\r\n${headers.includes("Length") ? "{}" : ""}`,
    );

    expect(statusesIn(text)).toEqual(expected);
    expect((await daemon.audit()).filter(({ action, allowed }) => allowed && action !== "start")).toEqual([]);
  });

  it("gets its 100 Continue only once it may act", async () => {
    const port = portOf(daemon.url);
    const head = `POST /v1/wipe HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nSec-Claws-No-Browsers: 1\r\nConnection: close\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n`;
    const allowed = await sendRaw(port, head, "{}");
    whois = () => Promise.resolve(undefined);
    const denied = await sendRaw(port, head);

    expect(statusesIn(allowed.text)).toEqual([100, 200]);
    expect(statusesIn(denied.text)).toEqual([403]);
  });

  it("of 100 MB in chunks is cut after 64 KiB", async () => {
    const port = portOf(daemon.url);
    const head = `POST /v1/wipe HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nSec-Claws-No-Browsers: 1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const chunk = `4000\r\n${" ".repeat(0x4000)}\r\n`;
    const { text } = await sendRaw(port, head, ...Array.from({ length: 20 }, () => chunk));

    expect(statusesIn(text)).toEqual([413]);
  });

  it("is refused when two of one version come at once with other values: one wins, one is told", async () => {
    const replies = await Promise.all(
      ["a", "b", "c", "d"].map((value) => daemon.call("POST", "/v1/keys/put", { ...PUT, value })),
    );

    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    expect((await daemon.audit()).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
  });
});
