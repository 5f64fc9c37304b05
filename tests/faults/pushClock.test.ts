// SPDX-License-Identifier: Apache-2.0
import { scratchFolder } from "../support/scratchFolder.ts";
import { startFakeUpstream, type FakeUpstream } from "../support/fakeUpstream.ts";
import { startTestDaemon, type TestDaemon } from "../support/testDaemon.ts";
import { heldVersions, put } from "./support/pushRequests.ts";
import { createPushWorld } from "./support/pushWorld.ts";

const folder = scratchFolder();
const DAY = 24 * 60 * 60 * 1000;
const SKEWS = [
  ["ten years behind", -3652 * DAY],
  ["a day behind", -DAY],
  ["a day ahead", DAY],
  ["ten years ahead", 3652 * DAY],
] as const;

let upstream: FakeUpstream;
let daemon: TestDaemon;
let skew: number;
beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());
beforeEach(async () => {
  skew = 0;
  daemon = await startTestDaemon({ upstream, now: () => new Date(Date.now() + skew) });
});
afterEach(() => daemon.stop());

async function askStatus(): Promise<number> {
  const headers = { "x-api-key": daemon.token };
  return (await fetch(`${daemon.brokerUrl}/anthropic/v1/messages`, { method: "POST", headers, body: "{}" })).status;
}

describe.each(SKEWS)("a daemon whose clock is %s", (_name, milliseconds) => {
  it("31 takes, uses, activates and revokes keys as any other", async () => {
    skew = milliseconds;
    expect((await put(daemon, 1)).status).toBe(200);
    expect(await askStatus()).toBe(200);
    expect((await put(daemon, 2)).status).toBe(200);
    expect((await daemon.call("POST", "/v1/keys/activate", { name: "anthropic", version: 2 })).status).toBe(200);
    expect((await daemon.call("POST", "/v1/keys/revoke", { name: "anthropic", version: 1 })).status).toBe(200);
    expect((await put(daemon, 1)).body).toMatchObject({ code: "revoked-version" });
    expect(await heldVersions(daemon)).toEqual({ anthropic: [2] });
  });

  it("31 whose clock jumps after the push still lends the key, and judges versions by number alone", async () => {
    await put(daemon, 2);
    skew = milliseconds;

    expect(await askStatus()).toBe(200);
    expect((await put(daemon, 2)).body).toMatchObject({ changed: false });
    expect((await put(daemon, 1)).body).toMatchObject({ code: "stale-version" });
    expect((await put(daemon, 3)).status).toBe(200);
  });

  it("31 takes a push from an operator whose clock is right, and one whose clock is wrong takes as much", async () => {
    const world = await createPushWorld(folder(), { a1: { nodeId: "nAGENT", url: daemon.url } });
    skew = milliseconds;
    await world.store("a1", "sk-ant-canary-clock");
    expect(await world.push()).toMatchObject({ exitCode: 0, rows: [{ result: "pushed" }] });

    skew = 0;
    await world.store("a1", "sk-ant-canary-clock-2");
    const wrong = { now: () => new Date(Date.now() + milliseconds) };
    expect(await world.push(wrong)).toMatchObject({ exitCode: 0, rows: [{ version: 2, result: "pushed" }] });
    expect(await askStatus()).toBe(200);
  });

  it("31 keeps its audit log readable, in order of its numbers", async () => {
    await put(daemon, 1);
    skew = milliseconds;
    await put(daemon, 2);

    expect((await daemon.audit()).map(({ sequence, action }) => [sequence, action])).toEqual([
      [1, "start"],
      [2, "put"],
      [3, "put"],
    ]);
    expect((await daemon.call("GET", "/v1/audit")).status).toBe(200);
  });
});
