// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import type { AuditRecord } from "../../../agent-image/daemon/auditLog.ts";
import { REFUSALS_PER_CALLER, REFUSALS_PER_MINUTE, RefusalLog } from "../../../agent-image/daemon/refusalLog.ts";

const refusalOf = (address: string): AuditRecord => ({
  caller: { nodeId: "", name: "", address, login: null, tags: [] },
  ...{ action: "put", key: null, version: null, allowed: false, code: "access-denied" },
});
const summary = (count: number): AuditRecord => ({
  caller: { nodeId: "", name: "", address: "", login: null, tags: [] },
  ...{ action: "refusals", key: null, version: null, allowed: false, code: "left-out", count },
});

/** A log over a list; the test sets time and whether the disk takes lines. */
function makeLog() {
  const lines: AuditRecord[] = [];
  const clock = { now: 0, isDiskFull: false };
  const append = (line: AuditRecord): Promise<number> =>
    clock.isDiskFull ? Promise.reject(new Error("no space")) : Promise.resolve(lines.push(line));
  const log = new RefusalLog({ audit: { append }, monotonic: () => clock.now });
  const refuse = async (count: number, address = "100.64.0.1"): Promise<readonly boolean[]> =>
    await Promise.all(Array.from({ length: count }, async () => await log.record(refusalOf(address))));
  return { lines, clock, log, refuse };
}

describe("RefusalLog", () => {
  it("gives each refusal a line while they are few", async () => {
    const { lines, log, refuse } = makeLog();
    expect(await refuse(REFUSALS_PER_CALLER)).toEqual(Array.from({ length: REFUSALS_PER_CALLER }, () => true));
    await log.flush();
    expect(lines).toEqual(Array.from({ length: REFUSALS_PER_CALLER }, () => refusalOf("100.64.0.1")));
  });

  it("counts what one address does too often, and still writes down the others", async () => {
    const { lines, clock, refuse } = makeLog();
    const written = await refuse(1000);
    expect(written.filter(Boolean)).toHaveLength(REFUSALS_PER_CALLER);
    expect(await refuse(1, "100.64.0.2")).toEqual([true]);

    clock.now = 59_999;
    expect(await refuse(1)).toEqual([false]);
    clock.now = 60_000;
    expect(await refuse(1)).toEqual([true]);
    expect(lines.slice(REFUSALS_PER_CALLER)).toEqual([
      refusalOf("100.64.0.2"),
      summary(1000 - REFUSALS_PER_CALLER + 1),
      refusalOf("100.64.0.1"),
    ]);
  });

  it("tells the number once, also when nobody calls any more", async () => {
    const { lines, log, refuse } = makeLog();
    await refuse(REFUSALS_PER_CALLER + 5);
    await log.flush();
    await log.flush();
    expect(lines.slice(REFUSALS_PER_CALLER)).toEqual([summary(5)]);
  });

  it("loses no count when the disk is full, and says that nothing was written", async () => {
    const { lines, clock, log, refuse } = makeLog();
    await refuse(REFUSALS_PER_CALLER + 5);
    clock.isDiskFull = true;
    await expect(log.flush()).rejects.toThrow("no space");
    clock.now = 60_000;
    await expect(log.record(refusalOf("x"))).rejects.toThrow("no space");
    clock.isDiskFull = false;
    await log.flush();
    expect(lines.slice(REFUSALS_PER_CALLER)).toEqual([summary(5)]);
  });

  it("never writes more than its limits in a minute, and accounts for every refusal", async () => {
    const calls = fc.array(fc.record({ address: fc.constantFrom("a", "b", "c", "d", "e"), pause: fc.nat(3000) }), {
      maxLength: 400,
    });
    await fc.assert(
      fc.asyncProperty(calls, async (made) => {
        const { lines, clock, log } = makeLog();
        const times: number[] = [];
        for (const { address, pause } of made) {
          clock.now += pause;
          if (await log.record(refusalOf(address))) times.push(clock.now);
        }
        await log.flush();
        const counted = lines.reduce((sum, { count = 1 }) => sum + count, 0);
        expect(counted).toBe(made.length);
        // Any minute touches at most two of the log's own.
        for (const from of times)
          expect(times.filter((time) => time >= from && time < from + 60_000).length).toBeLessThanOrEqual(
            2 * REFUSALS_PER_MINUTE,
          );
      }),
      { numRuns: 50 },
    );
  });
});
