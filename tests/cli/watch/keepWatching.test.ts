// SPDX-License-Identifier: Apache-2.0
import { failure } from "../../../cli/errors.ts";
import { keepWatching } from "../../../cli/watch/keepWatching.ts";
import { eventPrinter, type WatchEvent } from "../../../cli/watch/watchEvent.ts";
import { recordTerminal } from "../../support/cliHarness.ts";

const INTERVAL = 15_000;

/** Makes a round for each step; after the last one the signal comes. */
async function rounds(steps: readonly (() => unknown)[], interval = INTERVAL) {
  const end = new AbortController();
  const events: WatchEvent[] = [];
  const pauses: number[] = [];
  let made = 0;
  await keepWatching({
    ...{ interval, signal: end.signal, report: (event) => void events.push(event) },
    round: async () => {
      const step = steps[made];
      made += 1;
      await step?.();
    },
    pause: (milliseconds) => {
      pauses.push(milliseconds / 1000);
      if (made >= steps.length) end.abort();
      return Promise.resolve();
    },
  });
  return { events, pauses, made };
}

const well = (): undefined => undefined;
const away = (): never => {
  throw failure("tailscaled is away");
};
const broken = (): never => {
  throw new TypeError("x is not a function");
};

describe("a watch", () => {
  it("makes a round at each interval", async () => {
    expect(await rounds([well, well, well])).toEqual({ events: [], pauses: [15, 15, 15], made: 3 });
  });

  it("goes on after any error, tells it once, and waits longer each time, five minutes at most", async () => {
    const { events, pauses } = await rounds([away, away, away, away, away, away, well, well]);
    expect(events).toEqual([
      { agent: null, event: "trouble", detail: "tailscaled is away" },
      { agent: null, event: "watching", detail: "again" },
    ]);
    expect(pauses).toEqual([30, 60, 120, 240, 300, 300, 15, 15]);
  });

  it("does not die of a fault of its own, and says where it is", async () => {
    const { events, made } = await rounds([broken, well]);
    expect(made).toBe(2);
    expect(events[0]?.detail).toMatch(
      /^a fault of claws, please report it: TypeError: x is not a function at .*keepWatching\.test/,
    );
  });

  it("never waits less than its own interval", async () => {
    expect((await rounds([away, away], 600_000)).pauses).toEqual([600, 600]);
  });

  it("that is ended in the middle of a round tells no error and waits no more", async () => {
    const end = new AbortController();
    const events: WatchEvent[] = [];
    await keepWatching({
      ...{ interval: INTERVAL, signal: end.signal, report: (event) => void events.push(event) },
      round: () => {
        end.abort();
        throw failure("cut off");
      },
      pause: () => Promise.reject(new Error("must not wait")),
    });
    expect(events).toEqual([]);
  });
});

describe("an event", () => {
  const at = (): Date => new Date("2026-11-23T12:00:00Z");

  it.each<[WatchEvent, string]>([
    [{ agent: null, event: "stopped" }, "stopped"],
    [{ agent: "a1", event: "reachable", detail: "sealed" }, "a1: reachable: sealed"],
    [{ agent: "a1", event: "pushed", key: "anthropic", version: 3 }, "a1: pushed anthropic v3"],
    [{ agent: "a1", event: "failed", key: "k", version: 1, detail: "no\nreply" }, "a1: failed k v1: no reply"],
  ])("%j is one line", (event, line) => {
    const [words, json] = [recordTerminal(), recordTerminal()];
    eventPrinter(words, at, false)(event);
    eventPrinter(json, at, true)(event);
    expect(words.stdout()).toBe(`2026-11-23T12:00:00.000Z ${line}\n`);
    expect(JSON.parse(json.stdout())).toEqual({ at: "2026-11-23T12:00:00.000Z", ...event });
    expect(json.stdout().split("\n")).toHaveLength(2);
  });
});
