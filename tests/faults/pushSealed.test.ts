// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { privateKeyOfSeed, publicKeyOf } from "../../protocol/ed25519.ts";
import { parseSealReply, type SealReply } from "../../protocol/sealReply.ts";
import { startFakeUpstream, type FakeUpstream } from "../support/fakeUpstream.ts";
import { RUNNING, startTestDaemon, type TestDaemon, type TestReply } from "../support/testDaemon.ts";
import { sealPut, startTestOperator, type TestOperator } from "../support/testOperator.ts";
import { heldVersions, put, putOf } from "./support/pushRequests.ts";

const DAY = 24 * 60 * 60 * 1000;
let upstream: FakeUpstream;
let operator: TestOperator;
let daemon: TestDaemon;
let nodeId: string;
let skew: number;
const started: TestDaemon[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());
beforeEach(async () => {
  nodeId = "nAGENT";
  skew = 0;
  operator = await startTestOperator();
  daemon = await start();
});
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
  await rm(operator.stateFolder, { recursive: true });
});

/** Starts the droplet's daemon, or starts it again. */
async function start(): Promise<TestDaemon> {
  const { facts, stateFolder } = operator;
  const one = await startTestDaemon({
    upstream,
    facts,
    stateFolder,
    status: () => Promise.resolve({ ...RUNNING, self: { ...RUNNING.self, nodeId } }),
    now: () => new Date(Date.now() + skew),
  });
  started.push(one);
  return one;
}

async function seal(from: TestDaemon = daemon): Promise<SealReply> {
  const { body } = await from.call("POST", "/v1/seal", {});
  return parseSealReply(Buffer.from(JSON.stringify(body)));
}

const send = (body: unknown, to: TestDaemon = daemon): Promise<TestReply> =>
  to.call("POST", "/v1/keys/put-sealed", body);

const outcome = ({ status, body }: TestReply): readonly unknown[] => [status, (body as { code?: string }).code ?? "ok"];

describe("a captured sealed push that is sent again", () => {
  it("29 is refused, because its nonce is used up, and changes nothing", async () => {
    const captured = await sealPut(operator, await seal(), putOf(1));
    expect(outcome(await send(captured))).toEqual([200, "ok"]);
    const before = (await daemon.call("GET", "/v1/status")).body as { keys: unknown };

    for (let time = 0; time < 3; time += 1) expect(outcome(await send(captured))).toEqual([409, "stale-seal"]);
    expect((await daemon.call("GET", "/v1/status")).body).toMatchObject({ keys: before.keys });
  });

  it("29 is refused after a wipe, when the version itself would be taken again", async () => {
    const captured = await sealPut(operator, await seal(), putOf(1));
    await send(captured);
    await daemon.call("POST", "/v1/wipe", {});

    expect(outcome(await send(captured))).toEqual([409, "stale-seal"]);
    expect(await heldVersions(daemon)).toEqual({});
  });

  it("29 is refused by the next start, for which it cannot even be read", async () => {
    const captured = await sealPut(operator, await seal(), putOf(1));
    await send(captured);
    const next = await start();
    const [status, code] = outcome(await send(captured, next));

    expect([
      [400, "bad-request"],
      [409, "stale-seal"],
    ]).toContainEqual([status, code]);
    expect(await heldVersions(next)).toEqual({});
  });

  it("29 is refused when it was held back and never arrived, once its nonce has been used for another", async () => {
    const one = await seal();
    const heldBack = await sealPut(operator, one, putOf(1));
    expect(outcome(await send(await sealPut(operator, one, putOf(2))))).toEqual([200, "ok"]);

    expect(outcome(await send(heldBack))).toEqual([409, "stale-seal"]);
    expect(await heldVersions(daemon)).toEqual({ anthropic: [2] });
  });

  it("29 is refused for its version too, under a nonce of its own", async () => {
    await send(await sealPut(operator, await seal(), putOf(5)));

    expect(outcome(await send(await sealPut(operator, await seal(), putOf(4))))).toEqual([409, "stale-version"]);
    expect(await heldVersions(daemon)).toEqual({ anthropic: [5] });
  });

  it.each([
    ["another operator's name", { operator: publicKeyOf(privateKeyOfSeed(randomBytes(32))) }, "unknown-operator"],
    ["another signature", { signature: randomBytes(64).toString("base64url") }, "bad-signature"],
  ] as const)("29 with %s in the place of its own is refused", async (_name, change, code) => {
    const captured = await sealPut(operator, await seal(), putOf(1));

    expect(outcome(await send({ ...captured, ...change }))).toEqual([403, code]);
    expect(await heldVersions(daemon)).toEqual({});
  });

  it("29 as a plain push, which a middle hop could make of what it knows, is refused", async () => {
    expect(outcome(await put(daemon, 1))).toEqual([403, "sealed-push-required"]);
    expect(await heldVersions(daemon)).toEqual({});
  });
});

describe("a sealed push to a daemon with a wrong clock", () => {
  it.each([-3652 * DAY, -DAY, DAY, 3652 * DAY])(
    "31 of %i ms is taken, and its nonce is as good as ever",
    async (milliseconds) => {
      skew = milliseconds;
      const early = await seal();
      expect(outcome(await send(await sealPut(operator, early, putOf(1))))).toEqual([200, "ok"]);
      const across = await seal();
      skew = -milliseconds;

      expect(outcome(await send(await sealPut(operator, across, putOf(2))))).toEqual([200, "ok"]);
      expect(await heldVersions(daemon)).toEqual({ anthropic: [1, 2] });
    },
  );
});

describe("a sealed push to a node that was replaced meanwhile", () => {
  it("37 is refused, because it names the node that it was sealed for", async () => {
    const sealed = await seal();
    const wrong = await sealPut(operator, sealed, putOf(1), { envelope: { nodeId: "nREPLACED" } });

    expect(outcome(await send(wrong))).toEqual([400, "bad-request"]);
    expect(await heldVersions(daemon)).toEqual({});
  });

  it("37 is refused by a new droplet under the old name, for which it is not encrypted", async () => {
    const captured = await sealPut(operator, await seal(), putOf(1));
    nodeId = "nREPLACED";
    const replacement = await start();

    expect((await send(captured, replacement)).status).toBeGreaterThanOrEqual(400);
    expect(await heldVersions(replacement)).toEqual({});
  });
});

describe("two operators of whom one is late", () => {
  it("30 are both told who won: the refusal names the version, the node and the time", async () => {
    await send(await sealPut(operator, await seal(), putOf(7)));
    const { status, body } = await send(await sealPut(operator, await seal(), putOf(6)));

    expect([status, body]).toEqual([
      409,
      expect.objectContaining({
        code: "stale-version",
        winner: { version: 7, by: "laptop.lab.example", at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) },
      }),
    ]);
  });
});
