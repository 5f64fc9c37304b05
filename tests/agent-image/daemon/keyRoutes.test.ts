// SPDX-License-Identifier: Apache-2.0
// What becomes of the value of a put that is not carried out: nothing may stay in memory that nobody holds.
import { jest } from "@jest/globals";
import { rm } from "node:fs/promises";
import { AuditLog } from "../../../agent-image/daemon/auditLog.ts";
import { parseSealReply } from "../../../protocol/sealReply.ts";
import { Sensitive } from "../../../protocol/sensitive.ts";
import { OPERATOR, startTestDaemon, type TestDaemon, type TestDaemonOptions } from "../../support/testDaemon.ts";
import { sealPut, startTestOperator } from "../../support/testOperator.ts";

const VALUE = "sk-canary-91c2f0";
const PUT = { name: "openai", provider: "openai", version: 2, value: VALUE };

/** Every secret of the value's length that was made, to see what of it is left. */
const made: Sensitive[] = [];
let daemon: TestDaemon;
const folders: string[] = [];

beforeEach(() => {
  const from = Sensitive.from.bind(Sensitive);
  jest.spyOn(Sensitive, "from").mockImplementation((secret) => {
    const sensitive = from(secret);
    if (sensitive.byteLength === VALUE.length) made.push(sensitive);
    return sensitive;
  });
});
afterEach(async () => {
  jest.restoreAllMocks();
  made.length = 0;
  await daemon.stop();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

/** The values that are still readable. */
const left = (): readonly string[] => made.map((one) => one.reveal()).filter((text) => !/^\0*$/.test(text));

async function start(options: TestDaemonOptions = {}): Promise<void> {
  daemon = await startTestDaemon(options);
}

async function put(changes: object = {}): Promise<number> {
  return (await daemon.call("POST", "/v1/keys/put", { ...PUT, ...changes })).status;
}

describe("the value of a put", () => {
  it("is kept once when it is taken, and not at all once it is revoked", async () => {
    await start();
    expect([await put(), left()]).toEqual([200, [VALUE]]);
    expect([await put(), made.length, left()]).toEqual([200, 2, [VALUE]]);

    await daemon.call("POST", "/v1/keys/revoke", { name: "openai" });
    expect(left()).toEqual([]);
  });

  it.each<[string, TestDaemonOptions, object, number]>([
    ["the provider is not configured", { providers: ["anthropic"] }, {}, 409],
    ["the keys stay with the owner's broker", { facts: { remoteBroker: "100.64.0.9:7441" } }, {}, 409],
    [
      "the caller may not put this key",
      { whois: () => Promise.resolve({ ...OPERATOR, capability: [{ actions: ["put"], keys: ["anthropic"] }] }) },
      {},
      403,
    ],
  ])("is overwritten when %s", async (_name, options, changes, status) => {
    await start(options);

    expect([await put(changes), made.length, left()]).toEqual([status, 1, []]);
  });

  it("is overwritten when it loses against another", async () => {
    await start();
    await put({ value: "sk-other-longer-than-it" });

    expect([await put(), await put({ version: 1 }), made.length, left()]).toEqual([409, 409, 2, []]);
  });

  it.each<[string, object]>([
    ["there is a member that nobody knows", { force: true }],
    ["its version is none", { version: "2" }],
    ["its time is none", { notAfter: "tomorrow" }],
  ])("is overwritten when %s", async (_name, changes) => {
    await start();

    expect([await put(changes), made.length, left()]).toEqual([400, 1, []]);
  });

  it("is overwritten when the envelope around it does not have its form", async () => {
    const operator = await startTestOperator();
    folders.push(operator.stateFolder);
    await start({ facts: operator.facts, stateFolder: operator.stateFolder });
    const reply = await daemon.call("POST", "/v1/seal", {});
    const seal = parseSealReply(Buffer.from(JSON.stringify(reply.body)));
    const body = await sealPut(operator, seal, PUT, { envelope: { officeClaws: 2 } });

    expect((await daemon.call("POST", "/v1/keys/put-sealed", body)).status).toBe(400);
    expect([made.length, left()]).toEqual([1, []]);
  });

  it("is overwritten in the envelope once that was read", async () => {
    const operator = await startTestOperator();
    folders.push(operator.stateFolder);
    await start({ facts: operator.facts, stateFolder: operator.stateFolder });
    const reply = await daemon.call("POST", "/v1/seal", {});
    const body = await sealPut(operator, parseSealReply(Buffer.from(JSON.stringify(reply.body))), PUT);
    const seen: Buffer[] = [];
    const from = Buffer.from.bind(Buffer) as (...given: unknown[]) => Buffer;
    const spy = jest.spyOn(Buffer, "from").mockImplementation(((...given: unknown[]) => {
      const bytes = from(...given);
      // The reader of JSON looks at the content where it is, and at a copy of its own.
      if (/^\{"officeClaws":1,.*sk-canary/.test(bytes.toString("latin1"))) seen.push(bytes);
      return bytes;
    }) as typeof Buffer.from);
    expect((await daemon.call("POST", "/v1/keys/put-sealed", body)).status).toBe(200);
    spy.mockRestore();

    expect(seen.length).toBeGreaterThan(0);
    expect(seen.filter((bytes) => bytes.includes(VALUE))).toEqual([]);
  });

  it("is overwritten when the audit line cannot be written", async () => {
    await start();
    jest.spyOn(AuditLog.prototype, "append").mockRejectedValue(new Error("disk full"));

    expect([await put(), made.length, left()]).toEqual([503, 1, []]);
  });

  it("is overwritten when it came without the seal that it needs, or with a stale one", async () => {
    const operator = await startTestOperator();
    folders.push(operator.stateFolder);
    await start({ facts: operator.facts, stateFolder: operator.stateFolder });
    expect([await put(), made.length, left()]).toEqual([403, 1, []]);

    const reply = await daemon.call("POST", "/v1/seal", {});
    const seal = parseSealReply(Buffer.from(JSON.stringify(reply.body)));
    const body = await sealPut(operator, seal, PUT, { envelope: { nonce: "A".repeat(22) } });
    expect((await daemon.call("POST", "/v1/keys/put-sealed", body)).status).toBe(409);
    expect([made.length, left()]).toEqual([2, []]);
  });
});
