// SPDX-License-Identifier: Apache-2.0
import { type Clock, pickNode, waitForNode } from "../../components/nodeWait.ts";
import { type Device, TailscaleApiError } from "../../components/tailscaleDevices.ts";

const madeAt = Date.parse("2026-01-02T03:04:05Z");
const expected = { hostname: "a1", tag: "tag:agent", createdAfter: madeAt, timeoutMs: 5_000 };

function device(changes: Partial<Device> = {}): Device {
  return {
    nodeId: "n1",
    name: "a1.example",
    hostname: "a1",
    authorized: true,
    tags: ["tag:agent"],
    created: madeAt + 8_000,
    ...changes,
  };
}

/** A clock that moves only when somebody sleeps. */
function manualClock(): Clock & { slept: number } {
  const clock = {
    slept: 0,
    now: () => clock.slept,
    sleep: (ms: number) => {
      clock.slept += ms;
      return Promise.resolve();
    },
  };
  return clock;
}

/** An API that gives one answer after the other, the last one for ever. */
function scripted(...answers: (readonly Device[] | Error)[]) {
  let calls = 0;
  return {
    calls: () => calls,
    list: () => {
      const answer = answers[Math.min(calls, answers.length - 1)] ?? [];
      calls += 1;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    remove: () => Promise.reject(new Error("nobody asked to remove a device")),
  };
}

describe("pickNode", () => {
  it("takes the one node with host name and tag", () => {
    const other = device({ nodeId: "n2", hostname: "a2" });
    expect(pickNode([other, device()], expected)).toEqual(device());
  });

  it.each([
    ["another host name", { hostname: "a1-1" }],
    ["no tag", { tags: [] }],
    ["another tag", { tags: ["tag:agent-2"] }],
    ["an earlier life of the same name", { created: madeAt - 121_000 }],
  ])("passes over a node with %s", (_what, changes) => {
    expect(pickNode([device(changes)], expected)).toBeUndefined();
  });

  it("waits for a node that is not authorized yet", () => {
    expect(pickNode([device({ authorized: false })], expected)).toBeUndefined();
  });

  it("allows two minutes between the clouds' clocks", () => {
    const early = device({ created: madeAt - 120_000 });
    expect(pickNode([early], expected)).toEqual(early);
  });

  it("refuses to choose between two nodes and names both", () => {
    expect(() => pickNode([device(), device({ nodeId: "n9" })], expected)).toThrow(
      '2 nodes named "a1" with tag:agent joined (node IDs n1, n9), but one was expected',
    );
  });

  it("counts an unauthorized twin too, since it may be the droplet", () => {
    expect(() => pickNode([device(), device({ nodeId: "n9", authorized: false })], expected)).toThrow("2 nodes");
  });
});

describe("waitForNode", () => {
  it("asks again until the node is there", async () => {
    const api = scripted([], [], [device()]);
    await expect(waitForNode(api, expected, manualClock())).resolves.toEqual(device());
    expect(api.calls()).toBe(3);
  });

  it("gives up within its time and says what may be wrong", async () => {
    const clock = manualClock();
    await expect(waitForNode(scripted([]), expected, clock)).rejects.toThrow(
      'no node "a1" with tag:agent joined within 5 s: the droplet did not boot, its auth key was refused or spent, ' +
        "or it cannot reach the control plane; its console says which",
    );
    expect(clock.slept).toBe(5_000);
  });

  it.each([429, 500, 503])("goes on after the passing status %d", async (status) => {
    const api = scripted(new TailscaleApiError(status, "later"), [device()]);
    await expect(waitForNode(api, expected, manualClock())).resolves.toEqual(device());
  });

  it("goes on while the network is away, and says so when the time is up", async () => {
    const api = scripted(new TypeError("fetch failed"));
    await expect(waitForNode(api, expected, manualClock())).rejects.toThrow("; last answer of the API: fetch failed");
  });

  it.each([401, 403, 404])("stops at once at status %d", async (status) => {
    const api = scripted(new TailscaleApiError(status, "refused"));
    await expect(waitForNode(api, expected, manualClock())).rejects.toThrow("refused");
    expect(api.calls()).toBe(1);
  });

  it("stops at once when two nodes claim the name", async () => {
    const api = scripted([device(), device({ nodeId: "n9" })]);
    await expect(waitForNode(api, expected, manualClock())).rejects.toThrow("2 nodes");
    expect(api.calls()).toBe(1);
  });
});
