// SPDX-License-Identifier: Apache-2.0
import { manualClock, sleep, stoppable, systemClock } from "../../../lab/digitalocean/clock.ts";

describe("manualClock", () => {
  it("stands still until it is moved", () => {
    const clock = manualClock(1000);
    expect(clock.now()).toBe(1000);
  });

  it("runs what falls due in the order of time, not of planning", async () => {
    const clock = manualClock(0);
    const ran: string[] = [];
    clock.after(20, () => ran.push(`late at ${clock.now()}`));
    clock.after(10, () => ran.push(`early at ${clock.now()}`));
    await clock.advance(30);
    expect(ran).toEqual(["early at 10", "late at 20"]);
    expect(clock.now()).toBe(30);
  });

  it("runs what is due at the very moment and nothing that is due after it", async () => {
    const clock = manualClock(0);
    const ran: number[] = [];
    clock.after(10, () => ran.push(10));
    clock.after(11, () => ran.push(11));
    await clock.advance(10);
    expect(ran).toEqual([10]);
  });

  it("runs what is planned while it moves", async () => {
    const clock = manualClock(0);
    const ran: number[] = [];
    clock.after(5, () => clock.after(5, () => ran.push(clock.now())));
    await clock.advance(10);
    expect(ran).toEqual([10]);
  });

  it("does not run what was cancelled", async () => {
    const clock = manualClock(0);
    const ran: string[] = [];
    clock.after(5, () => ran.push("cancelled"))();
    await clock.advance(10);
    expect(ran).toEqual([]);
  });

  it("takes a negative time for none", async () => {
    const clock = manualClock(100);
    const ran: number[] = [];
    clock.after(-50, () => ran.push(clock.now()));
    await clock.advance(0);
    expect(ran).toEqual([100]);
  });

  it("lets a chain of promises run to its end before it moves on", async () => {
    const clock = manualClock(0);
    const ran: number[] = [];
    const chain = async (): Promise<void> => {
      for (let step = 0; step < 3; step += 1) {
        await sleep(clock, 10);
        ran.push(clock.now());
      }
    };
    const done = chain();
    await clock.advance(100);
    await done;
    expect(ran).toEqual([10, 20, 30]);
  });
});

describe("stoppable", () => {
  it("cancels everything that is left when it is stopped", async () => {
    const clock = manualClock(0);
    const stopped = stoppable(clock);
    const ran: string[] = [];
    stopped.after(1, () => ran.push("before"));
    stopped.after(5, () => ran.push("after"));
    await clock.advance(2);
    stopped.stop();
    await clock.advance(10);
    expect(ran).toEqual(["before"]);
    expect(stopped.now()).toBe(12);
  });

  it("still lets one be cancelled alone", async () => {
    const clock = manualClock(0);
    const stopped = stoppable(clock);
    const ran: string[] = [];
    stopped.after(1, () => ran.push("one"))();
    stopped.after(1, () => ran.push("two"));
    await clock.advance(2);
    expect(ran).toEqual(["two"]);
  });
});

describe("systemClock", () => {
  it("calls back once and can be cancelled", async () => {
    const clock = systemClock();
    const ran: string[] = [];
    clock.after(0, () => ran.push("cancelled"))();
    await new Promise<void>((resolve) => {
      clock.after(0, () => {
        ran.push("run");
        resolve();
      });
    });
    expect(ran).toEqual(["run"]);
  });
});
