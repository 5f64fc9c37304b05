// SPDX-License-Identifier: Apache-2.0
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { randomBytes } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { MAX_NONCES, NONCE_MILLISECONDS } from "../../../agent-image/daemon/sealBox.ts";
import { isIdentityOf } from "../../../protocol/dropletIdentity.ts";
import { privateKeyOfSeed, publicKeyOf, signText } from "../../../protocol/ed25519.ts";
import { CONTROL_ERRORS, type ControlErrorCode } from "../../../protocol/errorReply.ts";
import { sealedPutText } from "../../../protocol/sealedPut.ts";
import { isSealSigned, parseSealReply, type SealReply } from "../../../protocol/sealReply.ts";
import { Sensitive } from "../../../protocol/sensitive.ts";
import { FULL_CAPABILITY } from "../../support/fakeLocalApi.ts";
import { OPERATOR, startTestDaemon, type TestDaemon, type TestReply } from "../../support/testDaemon.ts";
import { sealPut, startTestOperator, type SealedPushChanges, type TestOperator } from "../../support/testOperator.ts";

const PUT = { name: "openai", provider: "openai", version: 1, value: "sk-canary-4c1d" };

let operator: TestOperator;
let daemon: TestDaemon;
let clock: number;
let capability: readonly unknown[];
beforeEach(async () => {
  operator = await startTestOperator();
  clock = 1000;
  capability = FULL_CAPABILITY;
  daemon = await start();
});
afterEach(async () => {
  await daemon.stop();
  await rm(operator.stateFolder, { recursive: true });
});

function start(): Promise<TestDaemon> {
  const { facts, stateFolder } = operator;
  const whois = () => Promise.resolve({ ...OPERATOR, capability });
  return startTestDaemon({ facts, stateFolder, whois, monotonic: () => clock });
}

async function seal(): Promise<SealReply> {
  const reply = await daemon.call("POST", "/v1/seal", {});
  expect(reply.status).toBe(200);
  return parseSealReply(Buffer.from(JSON.stringify(reply.body)));
}

const send = (body: unknown): Promise<TestReply> => daemon.call("POST", "/v1/keys/put-sealed", body);

/** A push under a new seal. */
async function push(put: object = PUT, changes: SealedPushChanges = {}): Promise<TestReply> {
  return send(await sealPut(operator, await seal(), put, changes));
}

function expectError(reply: TestReply, code: ControlErrorCode): void {
  const { status, text } = CONTROL_ERRORS[code];
  expect([reply.status, reply.body]).toEqual([status, { error: text, code }]);
}

const held = async (): Promise<unknown> => ((await daemon.call("GET", "/v1/status")).body as { keys: unknown[] }).keys;

describe("a seal", () => {
  it("is signed by the droplet, whose identity only its own enrolment secret proves", async () => {
    const reply = await seal();
    const { identity } = reply;
    if (identity === null) throw new Error("no identity");

    expect(isSealSigned(reply)).toBe(true);
    expect([reply.nodeId, reply.bootId, identity]).toEqual(["nAGENT", daemon.bootId, operator.identity]);
    expect(isIdentityOf(identity, Sensitive.from(operator.enrolment), "a1")).toBe(true);
    expect(isIdentityOf(identity, Sensitive.from(operator.enrolment), "a2")).toBe(false);
    expect(isIdentityOf(identity, Sensitive.from("A".repeat(43)), "a1")).toBe(false);
  });

  it.each(["nodeId", "bootId", "recipient", "nonce"] as const)(
    "shows that its %s was exchanged on the way",
    async (member) => {
      const [own, other] = [await seal(), { nodeId: "nEVIL", bootId: "0".repeat(32), recipient: "age1x", nonce: "AA" }];

      expect(isSealSigned({ ...own, [member]: other[member] })).toBe(false);
      expect(isSealSigned({ ...own, signature: null })).toBe(false);
      expect(isSealSigned({ ...own, identity: null })).toBe(false);
    },
  );

  it("has another nonce each time and another recipient in each start", async () => {
    const [first, second] = [await seal(), await seal()];
    expect([first.nonce === second.nonce, first.recipient === second.recipient]).toEqual([false, true]);

    await daemon.stop();
    daemon = await start();
    expect((await seal()).recipient).not.toBe(first.recipient);
  });

  it("is recorded, and refused without its action", async () => {
    await seal();
    capability = [{ actions: ["put", "status"], keys: ["*"] }];
    expectError(await daemon.call("POST", "/v1/seal", {}), "access-denied");

    const entries = (await daemon.audit()).slice(1);
    expect(entries.map(({ action, code, key }) => [action, code, key])).toEqual([
      ["seal", "ok", null],
      ["seal", "access-denied", null],
    ]);
  });

  it.each([
    ["a member", { nonce: "x" }],
    ["a list", []],
    ["null", null],
  ])("is not given for %s", async (_name, body) => {
    expectError(await daemon.call("POST", "/v1/seal", body), "bad-request");
  });
});

describe("a sealed push", () => {
  it("puts the key and is recorded as a put, without a trace of the value anywhere", async () => {
    const reply = await push({ ...PUT, limits: { requestsPerDay: 7 } });

    expect([reply.status, reply.body]).toEqual([
      200,
      expect.objectContaining({ name: "openai", version: 1, active: 1, changed: true, auditSequence: 3 }),
    ]);
    expect(await held()).toMatchObject([{ name: "openai", limits: { requestsPerDay: 7 } }]);
    expect((await daemon.audit()).at(-1)).toMatchObject({ action: "put", key: "openai", version: 1, allowed: true });
    const written = await readFile(join(operator.stateFolder, "audit.jsonl"), "utf8");
    expect(written + JSON.stringify(daemon.lines) + JSON.stringify(reply.body)).not.toContain("canary");
  });

  it("is the only way: a plain put is refused, recorded and changes nothing", async () => {
    expectError(await daemon.call("POST", "/v1/keys/put", PUT), "sealed-push-required");
    expect(await held()).toEqual([]);
    expect((await daemon.audit()).at(-1)).toMatchObject({ action: "put", key: "openai", code: "sealed-push-required" });
  });

  it("cannot be sent again", async () => {
    const body = await sealPut(operator, await seal(), PUT);
    expect((await send(body)).status).toBe(200);

    expectError(await send(body), "stale-seal");
  });

  it("cannot be brought back after a revocation, a restart, or both", async () => {
    const body = await sealPut(operator, await seal(), PUT);
    await send(body);
    await daemon.call("POST", "/v1/keys/revoke", { name: "openai" });
    expectError(await send(body), "stale-seal");

    await daemon.stop();
    daemon = await start();
    expectError(await send(body), "stale-seal");
    expectError(await push(), "revoked-version");
    expect(await held()).toEqual([]);
  });

  it("is refused from an operator whom the agent does not know, even with a good signature of its own", async () => {
    const privateKey = privateKeyOfSeed(randomBytes(32));
    const stranger = { privateKey, publicKey: publicKeyOf(privateKey) };

    expectError(await send(await sealPut(stranger, await seal(), PUT)), "unknown-operator");
  });

  it("is refused when somebody else signed it in the operator's name", async () => {
    expectError(await push(PUT, { signer: privateKeyOfSeed(randomBytes(32)) }), "bad-signature");
  });

  it("is refused when its envelope is exchanged: a signature is for one ciphertext", async () => {
    const [one, other] = [await sealPut(operator, await seal(), PUT), await sealPut(operator, await seal(), PUT)];

    expectError(await send({ ...one, envelope: other.envelope }), "bad-signature");
    const bytes = Buffer.from(one.envelope, "base64");
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    expectError(await send({ ...one, envelope: bytes.toString("base64") }), "bad-signature");
    expect((await send(one)).status).toBe(200);
  });

  it("is judged by its signature before anything is decrypted: a forged one uses up no seal", async () => {
    const sealed = await seal();
    expectError(
      await send(await sealPut(operator, sealed, PUT, { signer: privateKeyOfSeed(randomBytes(32)) })),
      "bad-signature",
    );

    expect((await send(await sealPut(operator, sealed, PUT))).status).toBe(200);
  });

  it.each([
    ["another boot", { bootId: "0".repeat(32) }, "stale-seal"],
    ["a nonce that was never given out", { nonce: "A".repeat(22) }, "stale-seal"],
    ["another node", { nodeId: "nOTHER" }, "bad-request"],
  ] as const)("for %s is refused", async (_name, envelope, code) => {
    expectError(await push(PUT, { envelope }), code);
    expect(await held()).toEqual([]);
  });

  it("for another node uses up its seal all the same", async () => {
    const sealed = await seal();
    await send(await sealPut(operator, sealed, PUT, { envelope: { nodeId: "nOTHER" } }));

    expectError(await send(await sealPut(operator, sealed, PUT)), "stale-seal");
  });

  it("that is refused for what it puts uses up its seal all the same", async () => {
    const sealed = await seal();
    expectError(await send(await sealPut(operator, sealed, { ...PUT, provider: "gemini" })), "provider-not-configured");

    expectError(await send(await sealPut(operator, sealed, PUT)), "stale-seal");
  });

  it("encrypted to another recipient is for another start", async () => {
    const recipient = await identityToRecipient(await generateX25519Identity());

    expectError(await push(PUT, { recipient }), "stale-seal");
  });

  it.each<[string, Record<string, unknown>]>([
    ["no put", { put: undefined }],
    ["an unknown member", { force: true }],
    ["another format", { officeClaws: 2 }],
    ["a nonce that is no text", { nonce: 1 }],
    ["a put with an unknown member", { put: { ...PUT, force: true } }],
    ["a put without its value", { put: { ...PUT, value: undefined } }],
    ["a value with a line break", { put: { ...PUT, value: "a\r\nx-evil: 1" } }],
    ["a wrong limit", { put: { ...PUT, limits: { requestsPerDay: -1 } } }],
    ["too deep a put", { put: { ...PUT, limits: { requestsPerDay: { a: 1 } } } }],
  ])("with %s inside is refused", async (_name, envelope) => {
    expectError(await push(PUT, { envelope }), "bad-request");
    expect(await held()).toEqual([]);
  });

  it.each([
    ["an envelope that is no age file", (good: object) => signed(good, Buffer.from("age-encryption.org/v1\n"))],
    ["an empty envelope", (good: object) => ({ ...good, envelope: "" })],
    ["base64 with a line break", (good: { envelope: string }) => ({ ...good, envelope: `${good.envelope}\n` })],
    [
      "base64url",
      (good: { envelope: string }) => ({
        ...good,
        envelope: Buffer.from(good.envelope, "base64").toString("base64url"),
      }),
    ],
    ["a signature that is too short", (good: object) => ({ ...good, signature: "AA" })],
    ["an operator that is none", (good: object) => ({ ...good, operator: "AA" })],
    ["an unknown member", (good: object) => ({ ...good, armor: true })],
    ["a plain put", () => PUT],
  ])("as %s is refused", async (_name, change) => {
    const good = await sealPut(operator, await seal(), PUT);

    expectError(await send(change(good)), "bad-request");
    expect(await held()).toEqual([]);
  });

  function signed(good: object, envelope: Buffer): object {
    return { ...good, envelope: envelope.toString("base64"), signature: signatureOf(envelope) };
  }

  function signatureOf(envelope: Buffer): string {
    return signText(operator.privateKey, sealedPutText(envelope));
  }

  it("is good for two minutes of a clock that nobody can set", async () => {
    const [first, second] = [await seal(), await seal()];
    clock += NONCE_MILLISECONDS - 1;
    expect((await send(await sealPut(operator, first, PUT))).status).toBe(200);

    clock += 1;
    expectError(await send(await sealPut(operator, second, { ...PUT, version: 2 })), "stale-seal");
  });

  it("keeps its seal while others are given out, up to a number", async () => {
    const sealed = await seal();
    for (let count = 1; count < MAX_NONCES; count += 1) await seal();
    const last = await sealPut(operator, sealed, PUT);
    expect((await send(last)).status).toBe(200);

    const dropped = await seal();
    for (let count = 0; count < MAX_NONCES; count += 1) await seal();
    expectError(await send(await sealPut(operator, dropped, PUT)), "stale-seal");
  });

  it("needs the capability for the key that is inside", async () => {
    capability = [
      { actions: ["seal", "status"], keys: ["*"] },
      { actions: ["put"], keys: ["anthropic"] },
    ];

    expectError(await push(), "access-denied");
    expect(await held()).toEqual([]);
    expect((await daemon.audit()).at(-1)).toMatchObject({ action: "put", key: "openai", code: "access-denied" });
  });

  it("of the same value changes nothing, as a plain one", async () => {
    await push();

    expect((await push()).body).toMatchObject({ changed: false, active: 1 });
    expectError(await push({ ...PUT, version: 1, value: "sk-other" }).then(withoutWinner), "version-conflict");
  });
});

function withoutWinner(reply: TestReply): TestReply {
  return { ...reply, body: { ...(reply.body as object), winner: undefined } };
}

describe("an agent without operators' keys", () => {
  beforeEach(async () => {
    await daemon.stop();
    daemon = await startTestDaemon();
  });

  it("takes plain puts and no sealed ones, and says so", async () => {
    expectError(await push(), "sealed-push-not-configured");
    expect((await daemon.call("POST", "/v1/keys/put", PUT)).status).toBe(200);
  });

  it("gives seals without identity and signature", async () => {
    expect(await seal()).toMatchObject({ identity: null, signature: null });
  });
});
