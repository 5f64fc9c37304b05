// SPDX-License-Identifier: Apache-2.0
// What follows from a look at one agent: a table of daemons and vaults. Nothing is asked and no time passes but what the test says.
import type { PushResult } from "../../../cli/pushKeys.ts";
import { isServed, WatchedAgent, type WantedKey } from "../../../cli/watch/watchedAgent.ts";
import type { DaemonStatus } from "../../../protocol/daemonStatus.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.parse("2026-11-23T12:00:00Z");
const INTERVAL = 15_000;
const key: WantedKey = { name: "anthropic", version: 3, notAfter: null };

function daemon(changes: Partial<DaemonStatus> = {}): DaemonStatus {
  return {
    ...{ officeClaws: 1, version: "0.1.0", bootId: "b1", nodeId: "nAGENT", state: "sealed" },
    ...{ startedAt: "2026-11-23T00:00:00Z", auditSequence: 1, keys: [], seen: [] },
    ...changes,
  };
}

function open(end: number, version = 3): DaemonStatus {
  const one = { version, fingerprint: "0", putAt: "2026-11-01T00:00:00Z", notAfter: new Date(end).toISOString() };
  const usage = { day: "2026-11-23", requests: 0, tokens: 0 };
  const keys = [
    {
      name: "anthropic",
      provider: "anthropic",
      active: version,
      versions: [{ ...one, underWay: 0 }],
      limits: null,
      usage,
    },
  ];
  return daemon({ state: "open", keys: keys });
}

function result(outcome: PushResult["result"], detail = ""): PushResult {
  return { agent: "a1", key: "anthropic", version: 3, result: outcome, detail };
}

function failing(agent: WatchedAgent, now: number, detail = "access denied"): readonly unknown[] {
  return agent.pushed([result("failed", detail)], daemon(), { now, interval: INTERVAL });
}

describe("a look at an agent", () => {
  it("that is sealed leads to a push of all that the vault has for it", () => {
    const other = { ...key, name: "openai" };
    expect(new WatchedAgent("a1").look(daemon(), [key, other], NOW)).toEqual({
      events: [{ agent: "a1", event: "reachable", detail: "sealed" }],
      push: ["anthropic", "openai"],
    });
  });

  it("that is open but lacks one key leads to a push of that one", () => {
    const other = { ...key, name: "openai" };
    expect(new WatchedAgent("a1").look(open(NOW + 30 * DAY), [key, other], NOW).push).toEqual(["openai"]);
  });

  it("that is sealed, and for which the vault has nothing, leads to nothing", () => {
    expect(new WatchedAgent("a1").look(daemon(), [], NOW).push).toEqual([]);
  });

  it.each([
    ["half of its time left", 15 * DAY, []],
    ["a third left", 10 * DAY, []],
    ["less than a third left", 10 * DAY - 1, ["anthropic"]],
    ["no time left", -DAY, ["anthropic"]],
  ])("whose key has %s, which is %d ms, leads to a push of %j", (_, left, push) => {
    expect(new WatchedAgent("a1").look(open(NOW + left), [key], NOW).push).toEqual(push);
  });

  it("that holds another version than the vault leaves the change to its owner", () => {
    expect(new WatchedAgent("a1").look(open(NOW + DAY, 2), [key], NOW)).toMatchObject({ push: [] });
  });

  it("is not kept from a push or a renewal by a clock that was a year ahead and was set back", () => {
    const agent = new WatchedAgent("a1");
    agent.look(daemon(), [key], NOW + 365 * DAY);
    failing(agent, NOW + 365 * DAY);
    expect(agent.look(daemon(), [key], NOW).push).toEqual(["anthropic"]);
    const ending = open(NOW + DAY);
    agent.pushed([result("pushed")], ending, { now: NOW + 365 * DAY, interval: INTERVAL });
    expect(agent.look(ending, [key], NOW).push).toEqual(["anthropic"]);
  });

  it("does not renew again on the same day, should the daemon's clock be wrong", () => {
    const agent = new WatchedAgent("a1");
    const behind = open(NOW - DAY);
    expect(agent.look(behind, [key], NOW).push).toEqual(["anthropic"]);
    expect(agent.pushed([result("unchanged")], behind, { now: NOW, interval: INTERVAL })).toEqual([
      { agent: "a1", event: "renewed", key: "anthropic", version: 3 },
    ]);
    expect(agent.look(behind, [key], NOW + DAY - 1).push).toEqual([]);
    expect(agent.look(behind, [key], NOW + DAY).push).toEqual(["anthropic"]);
  });

  it("tells once that the vault itself ends a key soon, and pushes nothing for it", () => {
    const agent = new WatchedAgent("a1");
    const ending = { ...key, notAfter: "2026-11-30T00:00:00Z" };
    const held = open(Date.parse(ending.notAfter));
    expect(agent.look(held, [ending], NOW)).toEqual({
      events: [
        { agent: "a1", event: "reachable", detail: "open" },
        {
          ...{ agent: "a1", event: "expiring", key: "anthropic", version: 3 },
          detail: "at 2026-11-30T00:00:00Z, as the vault has it: claws keys rotate anthropic --agent a1",
        },
      ],
      push: [],
    });
    expect(agent.look(held, [ending], NOW + HOUR)).toEqual({ events: [], push: [] });
  });

  it("tells that it does not answer once, and once that it does again", () => {
    const agent = new WatchedAgent("a1");
    const events = [agent.look("connection refused", [key], NOW), agent.look("no connection within 3 s", [key], NOW)];
    expect(events.flatMap((one) => one.events)).toEqual([
      { agent: "a1", event: "unreachable", detail: "connection refused" },
    ]);
    expect(agent.look(open(NOW + 20 * DAY), [key], NOW).events).toEqual([
      { agent: "a1", event: "reachable", detail: "open" },
    ]);
    expect(agent.look(open(NOW + 20 * DAY), [key], NOW).events).toEqual([]);
  });

  it("tells a restart by the boot ID alone", () => {
    const agent = new WatchedAgent("a1");
    agent.look(open(NOW + 20 * DAY), [key], NOW);
    expect(agent.look(daemon({ bootId: "b2" }), [key], NOW)).toEqual({
      events: [{ agent: "a1", event: "restarted", detail: "sealed" }],
      push: ["anthropic"],
    });
  });
});

describe("a push that failed", () => {
  it("is told once, and not again before it fails otherwise", () => {
    const agent = new WatchedAgent("a1");
    const failed = { agent: "a1", event: "failed", key: "anthropic", version: 3 };
    expect(failing(agent, NOW)).toEqual([{ ...failed, detail: "access denied" }]);
    expect(failing(agent, NOW)).toEqual([]);
    expect(failing(agent, NOW, "no reply")).toEqual([{ ...failed, detail: "no reply" }]);
  });

  it("is tried again at growing distances of ten minutes at most", () => {
    const agent = new WatchedAgent("a1");
    let now = NOW;
    const distances: number[] = [];
    for (let attempt = 0; attempt < 9; attempt++) {
      failing(agent, now);
      const before = now;
      while (agent.look(daemon(), [key], now).push.length === 0) now += 1000;
      distances.push((now - before) / 1000);
    }
    expect(distances).toEqual([30, 60, 120, 240, 480, 600, 600, 600, 600]);
  });

  it.each([
    ["the daemon was restarted", (agent: WatchedAgent) => agent.look(daemon({ bootId: "b2" }), [key], NOW).push],
    [
      "the vault is another",
      (agent: WatchedAgent) => {
        agent.tryAgain();
        return agent.look(daemon(), [key], NOW).push;
      },
    ],
  ])("is tried at once when %s", (_, change) => {
    const agent = new WatchedAgent("a1");
    agent.look(daemon(), [key], NOW);
    failing(agent, NOW);
    expect(agent.look(daemon(), [key], NOW).push).toEqual([]);
    expect(change(agent)).toEqual(["anthropic"]);
  });

  it("is forgotten after one that succeeded", () => {
    const agent = new WatchedAgent("a1");
    failing(agent, NOW);
    expect(agent.pushed([result("pushed")], daemon(), { now: NOW, interval: INTERVAL })).toEqual([
      { agent: "a1", event: "pushed", key: "anthropic", version: 3 },
    ]);
    expect(agent.look(daemon(), [key], NOW).push).toEqual(["anthropic"]);
  });
});

describe("an agent", () => {
  it("is served when it holds all that the vault has for it", () => {
    const held = open(NOW + DAY);
    expect([isServed(held, [key]), isServed(held, []), isServed(daemon(), [])]).toEqual([true, true, true]);
    expect([isServed(daemon(), [key]), isServed("away", []), isServed(held, [{ ...key, name: "openai" }])]).toEqual([
      false,
      false,
      false,
    ]);
  });
});
