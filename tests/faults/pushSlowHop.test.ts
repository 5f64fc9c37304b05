// SPDX-License-Identifier: Apache-2.0
import type { DaemonOptions } from "../../cli/daemonClient.ts";
import { startFakeUpstream, type FakeUpstream } from "../support/fakeUpstream.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { startTestDaemon, type TestDaemon } from "../support/testDaemon.ts";
import { startCuttingProxy, type CuttingProxy } from "./support/cuttingProxy.ts";
import { heldVersions } from "./support/pushRequests.ts";
import { createPushWorld, reach, type PushWorld } from "./support/pushWorld.ts";

const folder = scratchFolder();
let upstream: FakeUpstream;
let daemon: TestDaemon;
let proxy: CuttingProxy;

beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());
beforeEach(async () => {
  daemon = await startTestDaemon({ upstream });
  proxy = await startCuttingProxy(Number(new URL(daemon.url).port));
});
afterEach(async () => {
  proxy.close();
  await daemon.stop();
});

const agent = (limits: DaemonOptions = {}) => ({
  a1: { nodeId: "nAGENT", url: `http://127.0.0.1:${proxy.port}`, limits },
});
/** What changes for a push that waits in vain. */
const impatient = () => reach(agent({ totalTimeout: 600 }));

async function operator(limits?: DaemonOptions): Promise<PushWorld> {
  const world = await createPushWorld(folder(), agent(limits));
  await world.store("a1", "sk-ant-canary-slow");
  return world;
}

describe("a hop of the tailnet", () => {
  it("36 that takes half a second for each question and answer lets a push finish within the limits of old", async () => {
    const world = await operator({ connectTimeout: 3000, totalTimeout: 10_000 });
    proxy.delay(250);

    expect(await world.push()).toMatchObject({ exitCode: 0, rows: [{ result: "pushed" }] });
    expect(await heldVersions(daemon)).toEqual({ anthropic: [1] });
  });

  it("36 that takes longer than the limit ends the push with a bounded error, and the next one finishes", async () => {
    const world = await operator();
    proxy.delay(5000);
    expect(await world.push(impatient())).toMatchObject({
      exitCode: 3,
      rows: [{ result: "failed", detail: "no whole answer within 0.6 s" }],
    });
    proxy.delay(0);

    expect(await world.push()).toMatchObject({ exitCode: 0, rows: [{ result: "pushed" }] });
  });

  it.each([300, 700, 900])(
    "36 that falls silent after %i bytes of the answers ends the push with a bounded error",
    async (bytes) => {
      const world = await operator();
      proxy.arm({ direction: "response", bytes, how: "silence" });
      const { exitCode, rows } = await world.push(impatient());
      expect([exitCode, rows.length]).toEqual([3, 1]);
      expect(rows[0]?.detail).toBe("no whole answer within 0.6 s");
      proxy.arm(null);

      expect(await world.push()).toMatchObject({ exitCode: 0 });
      expect(await heldVersions(daemon)).toEqual({ anthropic: [1] });
    },
  );
});
