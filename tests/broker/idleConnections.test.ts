// SPDX-License-Identifier: Apache-2.0
import { jest } from "@jest/globals";
import { IdleConnections } from "../../broker/idleConnections.ts";
import type { UpstreamConnection } from "../../broker/upstreamConnection.ts";

const HERE = "https://a.example";
const THERE = "https://b.example";

let idle: IdleConnections;
let closed: string[];

beforeEach(() => {
  jest.useFakeTimers();
  idle = new IdleConnections();
  closed = [];
});
afterEach(() => {
  idle.clear();
  jest.useRealTimers();
});

/** Only what a pool may do with a connection. */
function connection(name: string): UpstreamConnection {
  return { destroy: () => closed.push(name) } as unknown as UpstreamConnection;
}

describe("idle connections", () => {
  it("are taken out once, the one that came last first, and never for another origin", () => {
    const [first, second] = [connection("first"), connection("second")];
    idle.put(HERE, first);
    idle.put(HERE, second);

    expect(idle.has(THERE)).toBe(false);
    expect(idle.take(THERE)).toBeUndefined();
    expect([idle.take(HERE), idle.take(HERE), idle.take(HERE)]).toEqual([second, first, undefined]);
    expect(idle.has(HERE)).toBe(false);
  });

  it.each([
    [undefined, 50_000],
    [600_000, 50_000],
    [6_000, 5_000],
  ])(
    "for which the provider says %p ms are closed within %i ms, in the last second of them",
    (keepAlive, milliseconds) => {
      idle.put(HERE, connection("one"), keepAlive);
      jest.advanceTimersByTime(milliseconds - 1);
      expect(closed).toEqual([]);
      jest.advanceTimersByTime(1);

      expect(closed).toEqual(["one"]);
    },
  );

  it("that the provider keeps for no more than the margin are closed at once", () => {
    idle.put(HERE, connection("one"), 1_000);

    expect(closed).toEqual(["one"]);
    expect(idle.has(HERE)).toBe(false);
  });

  it("are closed one by one, each in its time", () => {
    idle.put(HERE, connection("first"));
    jest.advanceTimersByTime(20_500);
    idle.put(HERE, connection("second"));
    jest.advanceTimersByTime(30_000);
    expect(closed).toEqual(["first"]);
    expect(idle.has(HERE)).toBe(true);
    jest.advanceTimersByTime(20_000);

    expect(closed).toEqual(["first", "second"]);
    expect(idle.has(HERE)).toBe(false);
  });

  it("leave no timer behind when none waits any more", () => {
    idle.put(HERE, connection("one"));
    expect(jest.getTimerCount()).toBe(1);
    idle.take(HERE);
    jest.advanceTimersByTime(1_000);

    expect(jest.getTimerCount()).toBe(0);
  });

  it("are not closed once they are taken", () => {
    idle.put(HERE, connection("one"));
    idle.take(HERE);
    jest.advanceTimersByTime(100_000);

    expect(closed).toEqual([]);
  });

  it("are 64 at most to an origin", () => {
    for (let count = 0; count < 65; count += 1) idle.put(HERE, connection(`${count}`));
    idle.put(THERE, connection("other"));

    expect(closed).toEqual(["64"]);
  });

  it("are forgotten when they close, and none is forgotten in another's stead", () => {
    const [first, second] = [connection("first"), connection("second")];
    idle.put(HERE, first);
    idle.put(HERE, second);
    idle.drop(HERE, first);
    idle.drop(HERE, first);
    idle.drop(THERE, second);

    expect([idle.take(HERE), idle.take(HERE)]).toEqual([second, undefined]);
  });
});
