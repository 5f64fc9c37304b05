// SPDX-License-Identifier: Apache-2.0
import { startFakeUpstream, type FakeUpstream } from "../support/fakeUpstream.ts";
import { scratchFolder } from "../support/scratchFolder.ts";
import { RUNNING, startTestDaemon, type TestDaemon } from "../support/testDaemon.ts";
import { tailnetWith } from "../support/agentWorld.ts";
import { audited } from "./support/pushRequests.ts";
import { createPushWorld, type PushWorld } from "./support/pushWorld.ts";

const folder = scratchFolder();
const OLD_NODE = "nAGENT";
const NEW_NODE = "nREPLACED";
let upstream: FakeUpstream;
let replaced: TestDaemon;
let nodeId: string;

beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());
beforeEach(async () => {
  nodeId = NEW_NODE;
  replaced = await startTestDaemon({
    upstream,
    status: () => Promise.resolve({ ...RUNNING, self: { ...RUNNING.self, nodeId } }),
  });
});
afterEach(() => replaced.stop());

async function operator(target: string): Promise<PushWorld> {
  const world = await createPushWorld(folder(), { a1: { nodeId: target, url: replaced.url } });
  await world.store("a1", "sk-ant-canary-replaced");
  return world;
}

describe("an agent that was replaced since claws up", () => {
  it("37 is not pushed to, although the new node has its name and its tag", async () => {
    const world = await operator(OLD_NODE);
    const { exitCode, rows } = await world.push({
      tailnetStatus: () => Promise.resolve(tailnetWith({ [NEW_NODE]: "100.64.0.1" })),
    });

    expect(exitCode).toBe(3);
    expect(rows).toMatchObject([{ agent: "a1", result: "failed" }]);
    expect(rows[0]?.detail).toMatch(/^no node nAGENT in the tailnet; .*or the node was replaced: claws up$/);
    expect(await audited(replaced)).toEqual([]);
  });

  it("37 is not pushed to when its node has lost the tag", async () => {
    const world = await operator(OLD_NODE);
    const status = tailnetWith({ [OLD_NODE]: "100.64.0.1" });
    const { exitCode, rows } = await world.push({
      tailnetStatus: () => Promise.resolve({ ...status, peers: status.peers.map((peer) => ({ ...peer, tags: [] })) }),
    });

    expect(exitCode).toBe(3);
    expect(rows[0]?.detail).toBe("node nAGENT does not carry tag:agent; refusing to talk to it");
    expect(await audited(replaced)).toEqual([]);
  });

  it("37 is refused also when another node answers at the address, and no key has reached it", async () => {
    const world = await operator(OLD_NODE);
    const { exitCode, rows } = await world.push();

    expect(exitCode).toBe(3);
    expect(rows).toMatchObject([{ result: "failed", detail: "another node answered: nREPLACED instead of nAGENT" }]);
    expect(await audited(replaced)).toEqual([]);
    expect((await replaced.call("GET", "/v1/status")).body).toMatchObject({ state: "sealed", keys: [] });
  });

  it("37 is pushed to again once the outputs name the new node", async () => {
    const world = await operator(NEW_NODE);

    expect(await world.push()).toMatchObject({ exitCode: 0, rows: [{ result: "pushed" }] });
  });
});
