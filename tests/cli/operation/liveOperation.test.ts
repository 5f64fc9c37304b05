// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { readEngineEvent } from "../../../cli/engineEvent.ts";
import { startLiveOperation, withLiveOperation, type Clock } from "../../../cli/operation/liveOperation.ts";
import { recordTerminal } from "../../support/cliHarness.ts";
import { AGENT, DROPLET, engineEvent, TAG, type EngineStep } from "../../support/engineEvents.ts";
import { scratchFolder } from "../../support/scratchFolder.ts";
import { makeScreen } from "../../support/screen.ts";

const folder = scratchFolder();
const up = { operation: "up", stack: { root: "/project", name: "dev" } } as const;

/** Time that passes only when it is told to. */
function handClock(): Clock & { pass: (milliseconds: number) => void; readonly isTicking: () => boolean } {
  let now = 0;
  const ticks = new Set<() => void>();
  return {
    now: () => now,
    every: (_, callback) => {
      ticks.add(callback);
      return () => void ticks.delete(callback);
    },
    pass: (milliseconds) => {
      now += milliseconds;
      for (const tick of ticks) tick();
    },
    isTicking: () => ticks.size > 0,
  };
}

function start(canRedraw: boolean) {
  const terminal = recordTerminal({ canRedraw });
  const interrupt = new AbortController();
  const clock = handClock();
  const environment = { CLAWS_CACHE: join(folder(), "cache"), LANG: "C.UTF-8" };
  const { live, end } = startLiveOperation(up, { terminal, environment, signal: interrupt.signal }, clock);
  const take = (phase: "start" | "done" | "failed", step: EngineStep): void =>
    live.take(readEngineEvent(engineEvent(phase, step)));
  const shown = async (): Promise<readonly string[]> => {
    const screen = makeScreen();
    await screen.write(terminal.stderr());
    return screen.lines();
  };
  return { terminal, interrupt, clock, live, end, take, shown };
}

describe("an operation at a terminal", () => {
  it("is a tree that grows, counts the seconds without being told, and stays when it is over", async () => {
    const { clock, live, end, take, shown } = start(true);
    take("start", AGENT);
    take("start", TAG);
    clock.pass(2000);
    take("done", TAG);
    take("start", DROPLET);
    clock.pass(9000);
    expect(await shown()).toEqual([
      "up dev: 11 s",
      "● a1  creating droplet (11 s)",
      "  ✓ tag           created (2 s)",
      "  ● droplet       creating 9 s",
      "  · VPC",
      "  · auth key",
      "  · firewall",
      "  · tailnet node",
    ]);
    take("done", DROPLET);
    live.set("a1", "pushing keys");
    clock.pass(1000);
    live.set("a1", "open", "done");
    await end("finished");
    expect(clock.isTicking()).toBe(false);
    expect(await shown()).toEqual(["up dev: 12 s", "✓ a1  open (12 s)"]);
  });

  it("knows from the last run how long it will take, and what is still to come", async () => {
    const first = start(true);
    for (const step of [TAG, DROPLET]) {
      first.take("start", step);
      first.clock.pass(10_000);
      first.take("done", step);
    }
    await first.end("finished");
    const second = start(true);
    second.take("start", TAG);
    second.clock.pass(4000);
    expect(await second.shown()).toEqual([
      "up dev: 4 s, about 16 s left",
      "● a1  creating tag (4 s)",
      "  ● tag      creating 4 s of about 10 s",
      "  · droplet",
    ]);
    expect(second.live.summary()).toBe("  done: nothing\n  unknown: a1: creating tag\n  not done: a1: droplet");
  });

  it("does not learn from a run that was stopped", async () => {
    const first = start(true);
    first.take("start", TAG);
    first.take("done", TAG);
    await first.end();
    const second = start(true);
    second.take("start", TAG);
    expect((await second.shown())[0]).toBe("up dev: 0 s");
  });

  it("says at the first Ctrl-C that it stops, and at the end what is unknown", async () => {
    const { interrupt, end, take, shown } = start(true);
    take("start", DROPLET);
    interrupt.abort();
    expect((await shown())[0]).toBe("up dev, stopping cleanly; Ctrl-C again stops at once: 0 s");
    await end();
    expect(await shown()).toEqual([
      "up dev, not finished: 0 s",
      "? a1  creating droplet (0 s)",
      "  ? droplet  creating 0 s",
    ]);
  });
});

describe("an operation without a terminal", () => {
  it("is a line for each change and nothing else", async () => {
    const { terminal, interrupt, clock, live, end, take } = start(false);
    take("start", AGENT);
    take("start", DROPLET);
    clock.pass(3000);
    interrupt.abort();
    take("done", DROPLET);
    live.set("a1", "open", "done");
    await end("finished");
    expect(terminal.stderr()).toBe(
      "a1: creating droplet\nclaws: stopping cleanly; Ctrl-C again stops at once\na1: droplet created (3 s)\na1: open\n",
    );
    expect(clock.isTicking()).toBe(false);
  });
});

describe("work that is shown", () => {
  it.each([
    ["succeeds", () => Promise.resolve("done")],
    ["fails", () => Promise.reject(new Error("it broke"))],
  ])("ends its tree when it %s, and passes on what became of it", async (_, result) => {
    const terminal = recordTerminal({ canRedraw: true });
    const effects = { terminal, environment: {}, signal: new AbortController().signal };
    const work = withLiveOperation(up, effects, async (live) => {
      live.set("a1", "pushing keys");
      return await result();
    });
    const [given, expected] = await Promise.allSettled([work, result()]);
    expect(given).toEqual(expected);
    expect(terminal.stderr()).toContain("? a1  pushing keys");
  });
});
