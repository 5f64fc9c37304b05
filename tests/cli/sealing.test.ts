// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateIdentity } from "../../cli/ageFile.ts";
import { DaemonError, daemonAt, type Daemon } from "../../cli/daemonClient.ts";
import type { Effects } from "../../cli/effects.ts";
import { operatorKeyOf, type OperatorKey } from "../../cli/operatorKey.ts";
import { checkSeal, sealPut } from "../../cli/sealedPut.ts";
import { withSealing } from "../../cli/sealing.ts";
import { createVault, updateVault, type VaultAccess } from "../../cli/vault.ts";
import { withNewVersion } from "../../cli/keyEntry.ts";
import { proveIdentity } from "../../protocol/dropletIdentity.ts";
import { publicKeyOf, signText } from "../../protocol/ed25519.ts";
import { renderSealedPut } from "../../protocol/sealedPut.ts";
import { sealText, type SealReply } from "../../protocol/sealReply.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { fakeStack, knownAgent, reaching } from "../support/agentWorld.ts";
import { makeProject, runClaws, secretFrom } from "../support/cliHarness.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { startTestDaemon, type TestDaemon } from "../support/testDaemon.ts";

const folder = scratchFolder();
const VALUE = "sk-ant-canary-sealed-1";
const NEXT = "sk-ant-canary-sealed-2";
const owner = await generateIdentity();
const operator = operatorKeyOf(randomBytes(32));
const stranger = operatorKeyOf(randomBytes(32));
const enrolment = Sensitive.from(randomBytes(32).toString("base64url"));
const another = Sensitive.from(randomBytes(32).toString("base64url"));

/** A droplet's first boot: an identity, and its private half where the daemon looks for it. */
async function provision(state: string, secret = enrolment) {
  const { privateKey } = generateKeyPairSync("ed25519");
  const publicKey = publicKeyOf(privateKey);
  await writeFile(join(state, "identity"), privateKey.export({ format: "der", type: "pkcs8" }), { mode: 0o600 });
  return { identity: { publicKey, proof: proveIdentity(secret, "a1", publicKey) }, privateKey };
}

let daemon: TestDaemon;
let access: VaultAccess;
let world: Partial<Effects>;

/** Everything that is set up anew for each test; the vault has the operator's key unless told otherwise. */
async function setUp({ secret = enrolment, key = operator }: { secret?: Sensitive; key?: OperatorKey | null } = {}) {
  const { identity } = await provision(folder(), secret);
  daemon = await startTestDaemon({
    stateFolder: folder(),
    facts: { operatorKeys: [operator.publicKey], identity },
  });
  const { root, environment } = await makeProject(folder());
  access = { path: join(root, "vault.age"), environment: { ...environment, CLAWS_AGE_KEY: owner.identity.reveal() } };
  const document = { recipients: [owner.recipient], keys: [], ...(key === null ? {} : { operator: key }) };
  await createVault(access.path, document, { identities: [owner.identity], source: "test" });
  world = {
    environment: access.environment,
    workingDirectory: root,
    openStack: () => Promise.resolve(stackWith([operator.publicKey])),
    ...reaching({ nAGENT: daemon.url }),
  };
  const entry = { name: "anthropic", agent: "a1", value: Sensitive.from(VALUE), created: "2026-11-23T12:00:00.000Z" };
  await updateVault(access, (before) => withNewVersion(before, entry, "none"));
}

function stackWith(operatorKeys: readonly string[], enrolments = new Map([["a1", enrolment]])) {
  return fakeStack({
    outputs: () => Promise.resolve(new Map([["a1", knownAgent({ operatorKeys })]])),
    enrolments: () => Promise.resolve(enrolments),
  });
}

afterEach(() => daemon.stop());

async function claws(words: readonly string[], given: Partial<Effects> = {}) {
  const run = await runClaws(words, { ...world, ...given });
  const secrets = [VALUE, NEXT, enrolment.reveal(), operator.privateKey.reveal()];
  for (const secret of secrets) expect(run.stdout + run.stderr).not.toContain(secret);
  return run;
}

/** Effects whose daemons are changed by the test, with a record of what was called. */
function changed(change: (real: Daemon) => Partial<Daemon>) {
  const calls: string[] = [];
  const known = reaching({ nAGENT: daemon.url });
  const record = (name: string) => (calls.push(name), undefined);
  const daemonAtTest = async (address: string): Promise<Daemon> => {
    const real = await known.daemonAt(address);
    const all = { ...real, ...change(real) };
    return {
      ...all,
      put: async (request) => (record("put"), await all.put(request)),
      seal: async () => (record("seal"), await all.seal()),
      putSealed: async (request, value) => (record("putSealed"), await all.putSealed(request, value)),
    };
  };
  return { calls, effects: { ...known, daemonAt: daemonAtTest } };
}

async function held(): Promise<unknown> {
  return ((await daemon.call("GET", "/v1/status")).body as { keys: unknown }).keys;
}

describe("a push to an agent that was made with the vault's operator key", () => {
  beforeEach(() => setUp());

  it("is sealed, and the daemon takes it as any other", async () => {
    const { calls, effects } = changed(() => ({}));
    const first = await claws(["keys", "push", "--json"], effects);
    expect([first.exitCode, JSON.parse(first.stdout)]).toMatchObject([0, [{ result: "pushed", version: 1 }]]);
    expect(calls).toEqual(["seal", "putSealed"]);
    expect(await held()).toMatchObject([{ name: "anthropic", active: 1 }]);
    const second = await claws(["keys", "push", "--json"], effects);
    expect(JSON.parse(second.stdout)).toMatchObject([{ result: "unchanged" }]);
  });

  it("says nothing of unsealed keys", async () => {
    expect((await claws(["keys", "push"])).stderr).toBe("");
  });

  it("shows nothing of the key to whoever reads the wire", async () => {
    const bodies: string[] = [];
    const { effects } = changed((real) => ({
      putSealed: async (request, value) => {
        bodies.push(renderSealedPut(request).toString(), request.envelope.toString("latin1"));
        return await real.putSealed(request, value);
      },
    }));
    expect((await claws(["keys", "push"], effects)).exitCode).toBe(0);
    const forms = [VALUE, Buffer.from(VALUE).toString("base64"), Buffer.from(VALUE).toString("hex"), "anthropic"];
    expect(bodies).toHaveLength(2);
    for (const body of bodies) expect(forms.filter((form) => body.includes(form))).toEqual([]);
  });

  it("carries limits and expiry", async () => {
    const terms = ["--valid-for", "1d", "--requests-per-day", "5", "--tokens-per-day", "900"];
    const now = (): Date => new Date();
    await claws(["keys", "set", "anthropic", "--agent", "a1", ...terms], { readSecret: secretFrom(NEXT), now });
    expect((await claws(["keys", "push"])).exitCode).toBe(0);
    expect(await held()).toMatchObject([{ active: 2, limits: { requestsPerDay: 5, tokensPerDay: 900 } }]);
  });

  it("is sealed in a rotation too", async () => {
    await claws(["keys", "push"]);
    const { calls, effects } = changed(() => ({}));
    const words = ["keys", "rotate", "anthropic", "--agent", "a1"];
    const { exitCode } = await claws(words, { ...effects, readSecret: secretFrom(NEXT) });
    expect([exitCode, calls]).toEqual([0, ["seal", "putSealed"]]);
    expect(await held()).toMatchObject([{ active: 2, versions: [{ version: 2 }] }]);
  });

  it("asks for another seal, once, when the daemon has forgotten the first", async () => {
    let stale = 1;
    const { calls, effects } = changed((real) => ({
      putSealed: async (request, value) => {
        if (stale-- > 0) throw new DaemonError("stale", "stale-seal", false);
        return await real.putSealed(request, value);
      },
    }));
    expect((await claws(["keys", "push"], effects)).exitCode).toBe(0);
    expect(calls).toEqual(["seal", "putSealed", "seal", "putSealed"]);

    stale = 9;
    calls.length = 0;
    const { exitCode, stdout } = await claws(["keys", "push", "--json"], effects);
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([3, [{ result: "failed", detail: "stale" }]]);
    expect(calls).toEqual(["seal", "putSealed", "seal", "putSealed"]);
  });

  it.each([
    ["not-found", "no such route"],
    ["sealed-push-not-configured", "this agent was provisioned without an operator's key"],
    ["access-denied", "access denied"],
  ])("never falls back to an unsealed one, whatever the answer: %s", async (code, message) => {
    const { calls, effects } = changed(() => ({ seal: () => Promise.reject(new DaemonError(message, code, false)) }));
    const { exitCode, stdout } = await claws(["keys", "push", "--json"], effects);
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([3, [{ result: "failed", detail: message }]]);
    expect(calls).toEqual(["seal"]);
    expect(await held()).toEqual([]);
  });

  it("is refused by the daemon when it is plain, so that an earlier release cannot undo the seal", async () => {
    const world = { openStack: () => Promise.resolve(stackWith([])) };
    const { exitCode, stdout, stderr } = await claws(["keys", "push", "--json"], world);
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([
      3,
      [{ result: "failed", detail: "this agent takes keys only in sealed pushes signed by an operator" }],
    ]);
    expect(stderr).toContain("a1: takes keys unsealed, because the stack does not name your operator key");
  });

  it("does not pass on an answer that repeats the key", async () => {
    const { effects } = changed(() => ({
      putSealed: async (request, value) => {
        const echo = await import("node:http").then(({ createServer }) =>
          createServer((_, response) => {
            response
              .writeHead(500, { "content-type": "application/json" })
              .end(JSON.stringify({ error: VALUE, code: "x" }));
          }),
        );
        await new Promise<void>((resolve) => void echo.listen(0, "127.0.0.1", resolve));
        const address = echo.address();
        const port = typeof address === "object" && address !== null ? address.port : 0;
        return await daemonAt("127.0.0.1", { port })
          .putSealed(request, value)
          .finally(() => echo.close());
      },
    }));
    const { stdout } = await claws(["keys", "push", "--json"], effects);
    expect(JSON.parse(stdout)).toMatchObject([
      { result: "unknown", detail: "its answer holds the key that was sent to it (not shown)" },
    ]);
  });
});

describe("another machine", () => {
  beforeEach(() => setUp());

  const says = 'another machine answered for agent "a1": ';

  async function expectNothingSent(effects: ReturnType<typeof changed>, how: string): Promise<void> {
    const { exitCode, stdout } = await claws(["keys", "push", "--json"], effects.effects);
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([
      3,
      [{ result: "failed", detail: expect.stringContaining(`${says}${how}; no key was sent`) }],
    ]);
    expect(effects.calls).toEqual(["seal"]);
    expect(await held()).toEqual([]);
  }

  /** Whoever holds the address, with everything public of the droplet and a signing key of his own. */
  async function impostor(secret: Sensitive, change: Partial<SealReply> = {}): Promise<SealReply> {
    const { privateKey } = generateKeyPairSync("ed25519");
    const publicKey = publicKeyOf(privateKey);
    const identity = { publicKey, proof: proveIdentity(secret, "a1", publicKey) };
    const { recipient } = await generateIdentity();
    const nonce = randomBytes(16).toString("base64url");
    const seal = {
      officeClaws: 1,
      nodeId: "nAGENT",
      bootId: "0".repeat(32),
      recipient,
      nonce,
      identity,
      ...change,
    } as const;
    return { ...seal, signature: signText(privateKey, sealText(seal)) };
  }

  it("that signs with a key of its own is found out", async () => {
    const seal = await impostor(another);
    const how = "its signing key was not made at the first boot of this droplet";
    await expectNothingSent(
      changed(() => ({ seal: () => Promise.resolve(seal) })),
      how,
    );
  });

  it("that repeats the droplet's identity but not its signature is found out", async () => {
    const how = "its answer is not signed by the droplet's key";
    const swapped = async (real: Daemon): Promise<SealReply> => ({
      ...(await impostor(another)),
      identity: (await real.seal()).identity,
    });
    await expectNothingSent(
      changed((real) => ({ seal: () => swapped(real) })),
      how,
    );
  });

  it.each<[string, (seal: SealReply) => Partial<SealReply>]>([
    ["the recipient", () => ({ recipient: owner.recipient })],
    ["the nonce", () => ({ nonce: randomBytes(16).toString("base64url") })],
    ["the boot ID", () => ({ bootId: "f".repeat(32) })],
    ["the signature away", () => ({ signature: null })],
    [
      "the signature",
      ({ signature }) => ({
        signature: `${signature?.startsWith("A") === true ? "B" : "A"}${signature?.slice(1) ?? ""}`,
      }),
    ],
  ])("that changes %s on the way is found out", async (_, change) => {
    const how = "its answer is not signed by the droplet's key";
    const onTheWay = async (real: Daemon): Promise<SealReply> => {
      const seal = await real.seal();
      return { ...seal, ...change(seal) };
    };
    await expectNothingSent(
      changed((real) => ({ seal: () => onTheWay(real) })),
      how,
    );
  });

  it("that has another node ID, or none of a droplet's identity, is found out", async () => {
    const moved = await impostor(enrolment, { nodeId: "nOTHER" });
    await expectNothingSent(
      changed(() => ({ seal: () => Promise.resolve(moved) })),
      "it says that it is node nOTHER, not nAGENT",
    );
    const bare = async (real: Daemon): Promise<SealReply> => ({
      ...(await real.seal()),
      identity: null,
      signature: null,
    });
    await expectNothingSent(
      changed((real) => ({ seal: () => bare(real) })),
      "it has no signing key",
    );
  });

  it("of the same stack, with a proof for its own name, is found out", async () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const publicKey = publicKeyOf(privateKey);
    const seal = await impostor(enrolment);
    const identity = { publicKey, proof: proveIdentity(enrolment, "b2", publicKey) };
    const signed = { ...seal, identity, signature: signText(privateKey, sealText(seal)) };
    expect(() => checkSeal(signed, { agent: "a1", nodeId: "nAGENT", enrolment })).toThrow(
      "its signing key was not made",
    );
    expect(() => checkSeal(seal, { agent: "a1", nodeId: "nAGENT", enrolment })).not.toThrow();
  });

  it("cannot use a push that it recorded, nor one for another start", async () => {
    const recorded: Parameters<Daemon["putSealed"]>[] = [];
    const { effects } = changed((real) => ({
      putSealed: async (...args) => (recorded.push(args), await real.putSealed(...args)),
    }));
    expect((await claws(["keys", "push"], effects)).exitCode).toBe(0);
    await daemon.call("POST", "/v1/keys/revoke", { name: "anthropic" });
    const [push] = recorded;
    if (push === undefined) throw new Error("nothing was pushed");
    const replay = daemon.call("POST", "/v1/keys/put-sealed", JSON.parse(renderSealedPut(push[0]).toString()));
    expect(await replay).toMatchObject({ status: 409, body: { code: "stale-seal" } });
  });

  it("that signs as another operator is refused by the daemon", async () => {
    const real = await reaching({ nAGENT: daemon.url }).daemonAt("100.64.0.1");
    const request = { name: "anthropic", provider: "anthropic", version: 9, value: Sensitive.from(NEXT) };
    const sealed = await sealPut(request, await real.seal(), stranger);
    await expect(real.putSealed(sealed, request.value)).rejects.toMatchObject({ code: "unknown-operator" });
    const claimed = { ...sealed, operator: operator.publicKey };
    await expect(real.putSealed(claimed, request.value)).rejects.toMatchObject({ code: "bad-signature" });
    expect(await held()).toEqual([]);
  });
});

describe("a vault that cannot seal for an agent", () => {
  const noSecret = { readSecret: () => Promise.reject(new Error("must not ask")) };

  it.each<[string, OperatorKey | null, string]>([
    ["without an operator key", null, "and this vault has no operator key; push with the vault of that operator"],
    [
      "with another operator's key",
      stranger,
      `and this vault's operator key is another: ${stranger.publicKey}; push with`,
    ],
  ])("%s is told so before anything is sent or asked", async (_, key, words) => {
    await setUp({ key });
    const { calls, effects } = changed(() => ({}));
    const { exitCode, stdout } = await claws(["keys", "push", "--json"], effects);
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([3, [{ result: "failed" }]]);
    expect(stdout).toContain(`agent \\"a1\\" takes keys only from the operator ${operator.publicKey}, ${words}`);
    const rotated = await claws(["keys", "rotate", "anthropic", "--agent", "a1"], { ...effects, ...noSecret });
    expect(rotated.exitCode).toBe(2);
    expect(rotated.stderr).toContain(
      `claws: error: agent "a1" takes keys only from the operator ${operator.publicKey}`,
    );
    expect(calls).toEqual([]);
  });

  it("because the stack has no enrolment secret is told so", async () => {
    await setUp();
    const openStack = () => Promise.resolve(stackWith([operator.publicKey], new Map()));
    const { stdout } = await claws(["keys", "push", "--json"], { openStack });
    expect(JSON.parse(stdout)).toMatchObject([
      {
        result: "failed",
        detail: 'the stack has no enrolment secret for agent "a1"; finish the update first: claws up',
      },
    ]);
  });

  it("pushes nothing to an agent whose keys its owner's broker lends, and says so", async () => {
    await setUp();
    const agents = new Map([["a1", knownAgent({ operatorKeys: [operator.publicKey], broker: "100.64.0.9:7441" })]]);
    const { calls, effects } = changed(() => ({}));
    const openStack = () => Promise.resolve(fakeStack({ outputs: () => Promise.resolve(agents) }));
    const { exitCode, stderr } = await claws(["keys", "push", "--json"], { ...effects, openStack });
    expect([exitCode, stderr, calls]).toEqual([
      0,
      "claws: a1: nothing is pushed to it, the broker at 100.64.0.9:7441 lends it its keys\n",
      [],
    ]);
    const rotated = await claws(["keys", "rotate", "anthropic", "--agent", "a1"], {
      ...effects,
      openStack,
      ...noSecret,
    });
    expect(rotated.exitCode).toBe(2);
    expect(rotated.stderr).toContain('agent "a1" holds no key: the broker at 100.64.0.9:7441 lends it yours');
  });

  it("does not ask the engine for secrets when no agent wants a seal", async () => {
    await setUp();
    const plain = { seal: () => Promise.reject(new Error("must not seal")) } as unknown as Daemon;
    const sealing = { operator, enrolments: () => Promise.reject(new Error("must not ask")) };
    expect(await withSealing(plain, { name: "a1", agent: knownAgent(), sealing })).toBe(plain);
  });
});
