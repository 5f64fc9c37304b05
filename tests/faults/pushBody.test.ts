// SPDX-License-Identifier: Apache-2.0
import { startFakeUpstream, type FakeUpstream } from "../support/fakeUpstream.ts";
import { OPERATOR, startTestDaemon, type TestDaemon } from "../support/testDaemon.ts";
import { audited, heldVersions, put, putOf } from "./support/pushRequests.ts";

let upstream: FakeUpstream;
let daemon: TestDaemon;
let keys: readonly string[];
beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());
beforeEach(async () => {
  keys = ["*"];
  daemon = await startTestDaemon({
    upstream,
    providers: ["anthropic"],
    whois: () =>
      Promise.resolve({
        ...OPERATOR,
        capability: [{ actions: ["status", "put", "activate", "revoke", "wipe"], keys }],
      }),
  });
  await put(daemon, 1, "sk-ant-before");
});
afterEach(() => daemon.stop());

async function sendBody(path: string, body: string | Uint8Array): Promise<readonly unknown[]> {
  const headers = { "sec-claws-no-browsers": "1", "content-type": "application/json" };
  const bytes = typeof body === "string" ? body : Uint8Array.from(body);
  const reply = await fetch(daemon.url + path, { method: "POST", headers, body: bytes });
  return [reply.status, ((await reply.json()) as { code: string }).code];
}

/** The text of a good put of version 2, with a part of it replaced. */
function spoiled(from: string, to: string): string {
  const good = '{"name":"anthropic","provider":"anthropic","version":2,"value":"sk-ant-canary"}';
  expect(good).toContain(from);
  return good.replace(from, to);
}

async function expectNothingApplied(code: string): Promise<void> {
  expect(await heldVersions(daemon)).toEqual({ anthropic: [1] });
  expect((await audited(daemon)).slice(1)).toEqual([["put", null, null, code]]);
  expect(JSON.stringify([await daemon.audit(), daemon.lines])).not.toContain("canary");
}

describe("a put whose body", () => {
  it.each<[string, string | Uint8Array]>([
    ["is empty", ""],
    ["is white space", " \n\t "],
    ["is no JSON", "name=anthropic&version=2"],
    ["is a list", "[]"],
    ["is a list of a good put", `[${spoiled("sk", "sk")}]`],
    ["is a text", '"put"'],
    ["is a number", "2"],
    ["is null", "null"],
    ["is cut short", spoiled("}", "")],
    ["has something after its end", spoiled("}", "} {}")],
    ["has a comma too many", spoiled('"}', '",}')],
    ["has a comment", spoiled("{", "{/* put */")],
    ["has a name without quotes", spoiled('"name"', "name")],
    ["has single quotes", spoiled('"sk-ant-canary"', "'sk-ant-canary'")],
    ["begins with a byte order mark", `\uFEFF${spoiled("sk", "sk")}`],
    ["has a broken escape", spoiled("sk-ant", "\\x73k")],
    ["has a line feed in a text", spoiled("sk-ant", "sk\nant")],
    ["is not UTF-8 in the value", Buffer.from(spoiled("sk-ant", "\xff\xfe"), "latin1")],
    ["is not UTF-8 in a name", Buffer.from(spoiled("name", "n\xe4me"), "latin1")],
    ["has half a UTF-8 sequence", Buffer.from(spoiled("canary", "can\xc3"), "latin1")],
    ["has an overlong UTF-8 sequence", Buffer.from(spoiled("canary", "\xc0\xaf"), "latin1")],
    ["is UTF-16", Buffer.from(spoiled("sk", "sk"), "utf16le")],
    ["names a member twice", spoiled("{", '{"version":1,')],
    ["names its value twice", spoiled("}", ',"value":"sk-other"}')],
    ["names a member twice by an escape", spoiled("{", '{"\\u0076ersion":9,')],
    ["has __proto__", spoiled("{", '{"__proto__":{"version":9},')],
    ["has __proto__ by an escape", spoiled("{", '{"\\u005f_proto__":{},')],
    ["has constructor", spoiled("{", '{"constructor":{"prototype":{}},')],
    ["has prototype", spoiled("{", '{"prototype":{},')],
    ["has __proto__ deeper down", spoiled("{", '{"x":{"__proto__":{}},')],
    ["has an unknown member", spoiled("{", '{"force":true,')],
    ["lacks its name", spoiled('"name":"anthropic",', "")],
    ["lacks its provider", spoiled('"provider":"anthropic",', "")],
    ["lacks its version", spoiled('"version":2,', "")],
    ["lacks its value", spoiled(',"value":"sk-ant-canary"', "")],
    ["has a number as value", spoiled('"sk-ant-canary"', "12345678901234567890")],
    ["has true as value", spoiled('"sk-ant-canary"', "true")],
    ["has null as value", spoiled('"sk-ant-canary"', "null")],
    ["has a list as value", spoiled('"sk-ant-canary"', '["sk-ant-canary"]')],
    ["has an object as value", spoiled('"sk-ant-canary"', '{"value":"sk-ant-canary"}')],
    ["has an empty value", spoiled("sk-ant-canary", "")],
    ["has a space in its value", spoiled("sk-ant-canary", "sk-ant canary")],
    ["has a space after its value", spoiled("sk-ant-canary", "sk-ant-canary ")],
    ["has a line feed in its value", spoiled("sk-ant-canary", "sk-ant-canary\\n")],
    ["has a NUL in its value", spoiled("sk-ant-canary", "sk-ant-canary\\u0000")],
    ["has a letter outside ASCII in its value", spoiled("canary", "canär")],
    ["has a value of 4097 bytes", spoiled("sk-ant-canary", "k".repeat(4097))],
    ["has its version as text", spoiled(":2", ':"2"')],
    ["has the version 0", spoiled(":2", ":0")],
    ["has a negative version", spoiled(":2", ":-2")],
    ["has half a version", spoiled(":2", ":2.5")],
    ["has a version too large to be exact", spoiled(":2", ":9007199254740993")],
    ["has a version beyond all numbers", spoiled(":2", ":1e999")],
    ["has a version with a plus", spoiled(":2", ":+2")],
    ["has a version with a zero in front", spoiled(":2", ":02")],
    ["has a version in hexadecimal", spoiled(":2", ":0x2")],
    ["has NaN as version", spoiled(":2", ":NaN")],
    ["has a name in upper case", spoiled('"anthropic"', '"Anthropic"')],
    ["has a name with a path", spoiled('"anthropic"', '"../anthropic"')],
    ["has a name with a glob", spoiled('"anthropic"', '"anthropic*"')],
    ["has a name that reaches a prototype", spoiled('"anthropic"', '"__proto__"')],
    ["has an empty name", spoiled('"anthropic"', '""')],
    ["has a name of 64 characters", spoiled('"anthropic"', `"${"a".repeat(64)}"`)],
    ["has a name that looks alike", spoiled('"anthropic"', '"аnthropic"')],
    ["has a provider that is a number", spoiled('"provider":"anthropic"', '"provider":1')],
    ["has a notAfter that is no time", spoiled("}", ',"notAfter":"tomorrow"}')],
    ["has a notAfter on a day that does not exist", spoiled("}", ',"notAfter":"2027-02-30T00:00:00Z"}')],
    ["has a notAfter that is a number", spoiled("}", ',"notAfter":1900000000}')],
    ["nests 60,000 lists", "[".repeat(60_000)],
    ["nests 10,000 objects", '{"a":'.repeat(10_000)],
  ])("35 %s is refused with 400, and nothing of it is applied", async (_name, body) => {
    expect(await sendBody("/v1/keys/put", body)).toEqual([400, "bad-request"]);
    await expectNothingApplied("bad-request");
  });

  it("35 is longer than 64 KiB is refused with 413, and nothing of it is applied", async () => {
    expect(await sendBody("/v1/keys/put", spoiled("canary", "k".repeat(65_536)))).toEqual([413, "too-large"]);
    await expectNothingApplied("too-large");
  });

  it("35 names a key that the caller's rules do not name is denied", async () => {
    keys = ["openai", "anthropic-*"];
    const reply = await daemon.call("POST", "/v1/keys/put", putOf(2, "sk-ant-canary"));

    expect([reply.status, reply.body]).toEqual([403, expect.objectContaining({ code: "access-denied" })]);
    keys = ["*"];
    expect(await heldVersions(daemon)).toEqual({ anthropic: [1] });
    expect((await audited(daemon)).slice(1)).toEqual([["put", "anthropic", 2, "access-denied"]]);
  });

  it("35 names a provider that this agent may not use is refused", async () => {
    const body = { ...putOf(2, "sk-ant-canary"), name: "openai", provider: "openai" };
    const reply = await daemon.call("POST", "/v1/keys/put", body);

    expect([reply.status, (reply.body as { code: string }).code]).toEqual([409, "provider-not-configured"]);
    expect(await heldVersions(daemon)).toEqual({ anthropic: [1] });
  });
});

describe("another change whose body", () => {
  it.each([
    ["/v1/keys/activate", '{"name":"anthropic","version":1,"version":1}'],
    ["/v1/keys/activate", '{"name":"anthropic","version":"1"}'],
    ["/v1/keys/activate", '{"name":"anthropic"}'],
    ["/v1/keys/revoke", '{"name":"anthropic","version":null}'],
    ["/v1/keys/revoke", '{"name":"anthropic","__proto__":{}}'],
    ["/v1/keys/revoke", '{"name":"*"}'],
    ["/v1/keys/revoke", "{}"],
    ["/v1/wipe", ""],
    ["/v1/wipe", "null"],
    ["/v1/wipe", '{"all":true}'],
    ["/v1/wipe", '{"name":"anthropic"}'],
  ])("35 is defective for %s: %s is refused with 400 and changes nothing", async (path, body) => {
    expect(await sendBody(path, body)).toEqual([400, "bad-request"]);
    expect(await heldVersions(daemon)).toEqual({ anthropic: [1] });
  });
});
