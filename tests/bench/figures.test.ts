// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";

import { parseWrk } from "../../bench/broker/load.ts";
import { renderTable } from "../../bench/result.ts";
import { inRounds, median, percentile } from "../../bench/statistics.ts";

const values = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1 });

describe("median and percentile", () => {
  it.each([
    [[3], 3],
    [[1, 2], 1.5],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
  ])("the median of %j is %d", (given, middle) => {
    expect(median(given)).toBe(middle);
  });

  it("a percentile is one of the values, between the least and the greatest", () => {
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (given, share) => {
        expect(given).toContain(percentile(given, share));
      }),
    );
    expect(percentile([5, 1, 3], 0)).toBe(1);
    expect(percentile([5, 1, 3], 1)).toBe(5);
  });

  it("does not change the order of what it is given", () => {
    const given = [3, 1, 2];
    median(given);
    expect(given).toEqual([3, 1, 2]);
  });

  it("refuses no values", () => {
    expect(() => median([])).toThrow("cannot take a percentile of no values");
  });
});

describe("inRounds", () => {
  it("measures in turns and leaves out the first round, which warms up", async () => {
    const order: string[] = [];
    let count = 0;
    const measure = (name: string) => () => {
      order.push(name);
      count += 1;
      return count;
    };
    expect(await inRounds(2, { a: measure("a"), b: measure("b") })).toEqual({ a: [3, 5], b: [4, 6] });
    expect(order).toEqual(["a", "b", "a", "b", "a", "b"]);
  });
});

describe("parseWrk", () => {
  const report = (latency: string) => `Running 1s test @ http://127.0.0.1/
  Latency Distribution
     50%   ${latency}
     75%    1.00ms
     99%    2.50ms
Requests/sec:   8123.45
Transfer/sec:      9.31MB
`;

  it.each([
    ["123.00us", 123],
    ["4.56ms", 4560],
    ["1.20s", 1_200_000],
  ])("reads a median of %s", (latency, medianMicroseconds) => {
    expect(parseWrk(report(latency))).toEqual({
      medianMicroseconds,
      p99Microseconds: 2500,
      requestsPerSecond: 8123.45,
    });
  });

  it.each(["", "50%  12", "Requests/sec: 1", "50% 1us\nRequests/sec: 1"])("refuses %j, which is no report", (text) => {
    expect(() => parseWrk(text)).toThrow("cannot read the report of wrk");
  });
});

describe("renderTable", () => {
  it("lines the columns up and says whether each goal is met", () => {
    const shared = { what: "start", peer: "50 ms Node", goal: "<= 1.5x" };
    expect(
      renderTable([
        { ...shared, row: 7, ours: "60 ms", ratio: 1.2, met: true },
        { ...shared, row: 10, ours: "100 ms", ratio: null, met: false },
      ]),
    ).toBe(
      [
        "row  what   ours    beside      ratio  goal",
        "7    start  60 ms   50 ms Node  1.20x  <= 1.5x  met",
        "10   start  100 ms  50 ms Node  -      <= 1.5x  not met",
      ].join("\n"),
    );
  });
});
