// SPDX-License-Identifier: Apache-2.0
import { daemonAt, DaemonError, type Daemon } from "../../cli/daemonClient.ts";
import { deliverKey } from "../../cli/deliverKey.ts";
import type { KeyStatus } from "../../protocol/daemonStatus.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { startTestDaemon, type TestDaemon } from "../support/testDaemon.ts";
import { startCuttingProxy, type Cut, type CuttingProxy } from "./support/cuttingProxy.ts";
import { createPushWorld } from "./support/pushWorld.ts";

const folder = scratchFolder();
let real: TestDaemon;
let proxy: CuttingProxy;
let operator: Daemon;
let version: number;

beforeEach(async () => {
  real = await startTestDaemon();
  proxy = await startCuttingProxy(Number(new URL(real.url).port));
  operator = daemonAt("127.0.0.1", { port: proxy.port });
  version = 1;
  await operator.put(keyOf(1));
});
afterEach(async () => {
  proxy.close();
  await real.stop();
});

/** A key whose request has the same length for each version below 10,000. */
function keyOf(number: number) {
  return { name: "anthropic", provider: "anthropic", version: 1000 + number, value: Sensitive.from(`sk-${number}`) };
}

async function held(): Promise<KeyStatus | undefined> {
  const { keys } = (await real.call("GET", "/v1/status")).body as { keys: readonly KeyStatus[] };
  expect(keys.length).toBe(1);
  return keys[0];
}

/** Sizes of one whole call in both directions. */
async function measure(call: () => Promise<unknown>): Promise<{ request: number; response: number }> {
  proxy.arm(null);
  await call();
  return { ...proxy.passed };
}

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  const error = await work.then(
    () => "it succeeded",
    (thrown: unknown) => thrown,
  );
  return error instanceof DaemonError ? { code: error.code, mayHaveActed: error.mayHaveActed } : error;
}

const HOW = ["end", "reset"] as const;
const UNKNOWN = { code: "no-reply", mayHaveActed: true };

/** No more than 16 versions are held, so now and then the old ones go. */
async function dropAllBut(last: number): Promise<void> {
  await operator.activate("anthropic", last);
  const older = (await held())?.versions.filter((one) => one.version < last) ?? [];
  for (const one of older) await operator.revoke("anthropic", one.version);
}

describe("a put that is cut", () => {
  async function cutPut(cut: Cut): Promise<boolean> {
    version += 1;
    const key = keyOf(version);
    proxy.arm(cut);
    expect([cut, await failureOf(operator.put(key))]).toEqual([cut, UNKNOWN]);
    const before = await held();
    proxy.arm(null);
    const receipt = await operator.put(key);
    const after = await held();
    // Old or new, nothing between: what was held after the cut is the old version alone, or also the whole new one.
    const whole = after?.versions.map((one) => [one.version, one.fingerprint]);
    const found = before?.versions.map((one) => [one.version, one.fingerprint]);
    expect([whole, whole?.slice(0, -1)]).toContainEqual(found);
    expect(whole?.at(-1)).toEqual([key.version, receipt.fingerprint]);
    if (whole?.length === 12) await dropAllBut(key.version);
    return receipt.changed;
  }

  it.each(HOW)(
    "28 after each byte of its request, by %s, leaves the old set, and the same put succeeds after",
    async (how) => {
      const { request } = await measure(() => operator.put(keyOf((version += 1))));
      await operator.activate("anthropic", 1000 + version);
      await operator.revoke("anthropic", 1000 + version - 1);
      const changed: boolean[] = [];
      for (let bytes = 0; bytes < request; bytes += 1) changed.push(await cutPut({ direction: "request", bytes, how }));

      expect(request).toBeGreaterThan(200);
      expect(changed).toEqual(Array.from({ length: request }, () => true));
    },
  );

  it.each(HOW)(
    "28 after each byte of its answer, by %s, leaves the new set, and the same put changes nothing",
    async (how) => {
      const { response } = await measure(() => operator.put(keyOf((version += 1))));
      await operator.activate("anthropic", 1000 + version);
      await operator.revoke("anthropic", 1000 + version - 1);
      const changed: boolean[] = [];
      for (let bytes = 1; bytes < response; bytes += 1)
        changed.push(await cutPut({ direction: "response", bytes, how }));

      expect(response).toBeGreaterThan(200);
      expect(changed).toEqual(Array.from({ length: response - 1 }, () => false));
    },
  );
});

describe("a whole delivery that is cut anywhere", () => {
  it("28 holds at each moment the old or the new key for new requests, and ends whole when it is pushed again", async () => {
    const target = { nodeId: "nAGENT", mustDropOlder: true };
    const deliver = (): Promise<unknown> => deliverKey(operator, { ...keyOf(version), ...vaultFields }, target);
    version += 1;
    const size = await measure(deliver);
    const outcomes = new Set<unknown>();
    for (const direction of ["request", "response"] as const) {
      for (let bytes = 1; bytes < size[direction]; bytes += 41) {
        version += 1;
        proxy.arm({ direction, bytes, how: "reset" });
        outcomes.add(JSON.stringify(await failureOf(deliver())));
        const { active, versions } = (await held()) ?? { active: 0, versions: [] };
        expect([1000 + version - 1, 1000 + version]).toContain(active);
        expect(versions.map((one) => one.version)).toContain(active);
        proxy.arm(null);
        await deliver();
        expect(await held()).toMatchObject({ active: 1000 + version, versions: [{ version: 1000 + version }] });
      }
    }

    // A cut status is no deed, so then the CLI knows that nothing more happened.
    expect([...outcomes].sort()).toEqual([
      JSON.stringify({ code: "no-reply", mayHaveActed: false }),
      JSON.stringify({ code: "no-reply", mayHaveActed: true }),
    ]);
  });
});

const vaultFields = { agent: "a1", created: "2026-11-23T12:00:00.000Z", notAfter: null };

describe("claws keys push over a connection that is cut", () => {
  it("28 reports unknown, and unchanged or pushed when it is run again", async () => {
    await real.call("POST", "/v1/wipe", {});
    const world = await createPushWorld(folder(), { a1: { nodeId: "nAGENT", url: `http://127.0.0.1:${proxy.port}` } });
    await world.store("a1", "sk-ant-canary-cut", 5000);
    // The CLI asks who is there first, so the cut comes after that answer.
    const { response } = await measure(() => operator.status());
    proxy.arm({ direction: "response", bytes: response + 10, how: "reset" });
    const cut = await world.push();
    proxy.arm(null);
    const again = await world.push();
    const third = await world.push();

    expect(cut.exitCode).toBe(3);
    expect(cut.rows).toMatchObject([
      { agent: "a1", version: 5000, result: "unknown", detail: "the connection was cut" },
    ]);
    expect([again.exitCode, again.rows[0]?.result]).toEqual([0, "unchanged"]);
    expect([third.exitCode, third.rows[0]?.result]).toEqual([0, "unchanged"]);
    const fingerprints = [again, third].map(({ rows }) => rows[0] as unknown as { receipt: { fingerprint: string } });
    expect(fingerprints[0]?.receipt.fingerprint).toBe(fingerprints[1]?.receipt.fingerprint);
    expect(cut.stdout + cut.stderr + again.stdout).not.toContain("canary");
  });
});
