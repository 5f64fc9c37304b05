// SPDX-License-Identifier: Apache-2.0
// claws status --watch: what is printed when, and what is asked how often. Time is what the test says.
import type { Effects } from "../../cli/effects.ts";
import { failure, UserError } from "../../cli/errors.ts";
import { watchStatus } from "../../cli/watchStatus.ts";
import type { Stack } from "../../cli/stackTypes.ts";
import {
  cloudDroplet,
  exportedState,
  fakeStack,
  healthyCloud,
  knownAgent,
  reaching,
  tailnetWith,
} from "../support/agentWorld.ts";
import { recordTerminal, runClaws, testEffects, type RecordedTerminal } from "../support/cliHarness.ts";
import { failureOf } from "../support/failureOf.ts";
import { startTestDaemon, type TestDaemon } from "../support/testDaemon.ts";

const INTERVAL = 5000;
const START = Date.parse("2026-11-23T12:00:00Z");
let daemon: TestDaemon;

beforeEach(async () => {
  daemon = await startTestDaemon();
});
afterEach(() => daemon.stop());

interface Watched {
  readonly terminal: RecordedTerminal;
  /** Milliseconds waited, in order. */
  readonly pauses: readonly number[];
}

/** Watches; between two looks the next of the steps is taken, and after the last the watch is ended. */
async function watch(
  steps: readonly (() => unknown)[],
  given: Partial<Effects> & { stack?: Partial<Stack>; json?: boolean; canRedrawData?: boolean } = {},
): Promise<Watched> {
  const { stack = {}, json = false, canRedrawData = false, ...effects } = given;
  const terminal = recordTerminal({ canRedrawData });
  const end = new AbortController();
  const pauses: number[] = [];
  const left = [...steps];
  await watchStatus(
    {
      stack: fakeStack({ exportState: () => Promise.resolve(exportedState()), ...stack }),
      agentsOf: async (opened) => await opened.outputs(),
      interval: INTERVAL,
      json,
      pause: async (milliseconds) => {
        pauses.push(milliseconds);
        const step = left.shift();
        if (step === undefined) end.abort();
        else await step();
      },
    },
    testEffects({
      ...{ terminal, signal: end.signal },
      now: () => new Date(START + pauses.reduce((sum, one) => sum + one, 0)),
      digitalOcean: () => Promise.resolve(healthyCloud()),
      ...reaching({ nAGENT: daemon.url }),
      ...effects,
    }),
  );
  return { terminal, pauses };
}

const putKey = async (): Promise<void> => {
  const put = { name: "anthropic", provider: "anthropic", version: 3, value: "sk-ant-canary-watch" };
  expect((await daemon.call("POST", "/v1/keys/put", put)).status).toBe(200);
};
const nothing = (): undefined => undefined;

describe("a status that is watched", () => {
  it("prints what there is, then a line for each change, and nothing when nothing changed", async () => {
    const { terminal, pauses } = await watch([nothing, putKey, nothing]);
    expect(terminal.stdout()).toBe(
      [
        `2026-11-23T12:00:00.000Z a1: state sealed, node online, droplet active, droplet ID 101, size s-1vcpu-1gb, boot ${daemon.bootId}, keys none, drift none, newer image none, problems none`,
        "2026-11-23T12:00:10.000Z a1: state sealed -> open",
        "2026-11-23T12:00:10.000Z a1: keys none -> anthropic v3",
        "",
      ].join("\n"),
    );
    expect(pauses).toEqual([5000, 5000, 5000, 5000]);
  });

  it("prints a line of JSON for each agent that changed", async () => {
    const { terminal } = await watch([nothing, putKey], { json: true });
    const lines = terminal.stdout().trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      expect.objectContaining({ at: "2026-11-23T12:00:00.000Z", agent: "a1" }),
      {
        ...{ at: "2026-11-23T12:00:10.000Z", agent: "a1", changed: ["state", "keys"] },
        status: expect.objectContaining({ agent: "a1", state: "open", droplet: "active" }),
      },
    ]);
  });

  it("redraws the screen of a person, from its top, without scrolling", async () => {
    const { terminal } = await watch([putKey], { canRedrawData: true });
    expect(terminal.stdout()).toBe("");
    const [before, first, second] = terminal.stderr().split("\u001b[H");
    expect(before).toBe("");
    expect(first).toMatch(/^AGENT {2}STATE /);
    expect(first).toContain("a1     sealed");
    expect(first).toContain("2026-11-23T12:00:00.000Z, Ctrl-C ends");
    expect(second).toContain("a1     open");
    for (const frame of [first, second]) {
      expect(frame?.endsWith("\u001b[J")).toBe(true);
      expect(frame?.split("\n").length).toBeLessThanOrEqual(24);
    }
  });

  it("shows nothing of an answer that could move the cursor", async () => {
    const droplets = () => Promise.resolve([cloudDroplet({ size: "s\u001b[2Jx" })]);
    const digitalOcean = () => Promise.resolve(healthyCloud({ droplets }));
    const { terminal } = await watch([], { canRedrawData: true, digitalOcean });
    expect(terminal.stderr()).toContain("s\ufffd[2Jx");
  });

  it("asks the state and DigitalOcean once a minute, however often it looks", async () => {
    let clouds = 0;
    let states = 0;
    const counted = {
      digitalOcean: () => {
        clouds += 1;
        return Promise.resolve(healthyCloud());
      },
      stack: {
        exportState: () => {
          states += 1;
          return Promise.resolve(exportedState());
        },
      },
    };
    const { pauses } = await watch(
      Array.from({ length: 23 }, () => nothing),
      counted,
    );
    expect({ looks: pauses.length, clouds, states }).toEqual({ looks: 24, clouds: 2, states: 2 });
  });

  it("goes on when a later look fails, and says so once", async () => {
    let calls = 0;
    const outputs = () => {
      calls += 1;
      return calls === 2 || calls === 3
        ? Promise.reject(failure("the state is locked"))
        : Promise.resolve(new Map([["a1", knownAgent()]]));
    };
    const steps = Array.from({ length: 16 }, (_, step) => (step === 14 ? putKey : nothing));
    const { terminal } = await watch(steps, { stack: { outputs } });
    expect(terminal.stderr()).toBe("claws: the state is locked\n");
    expect(terminal.stdout()).toContain("a1: state sealed -> open");
  });

  it("does not start when the first look fails", async () => {
    const outputs = () => Promise.reject(new UserError("there is no such stack"));
    expect((await failureOf(watch([], { stack: { outputs } }))).message).toBe("there is no such stack");
  });

  it("tells an agent that joins the stack, that leaves it, and one that cannot be seen any more", async () => {
    let agents = new Map([["a1", knownAgent()]]);
    let isSeen = true;
    const minute = Array.from({ length: 11 }, () => nothing);
    const { terminal } = await watch(
      [() => (isSeen = false), () => (agents = new Map([["b2", knownAgent({ nodeId: "nOTHER" })]])), ...minute],
      {
        stack: { outputs: () => Promise.resolve(agents) },
        tailnetStatus: () => Promise.resolve(tailnetWith(isSeen ? { nAGENT: "100.64.0.1" } : {})),
      },
    );
    const lines = terminal.stdout().split("\n");
    expect(lines).toContain("2026-11-23T12:00:05.000Z a1: node online -> absent");
    expect(lines.some((line) => line.startsWith("2026-11-23T12:01:00.000Z b2: state unreachable, node absent"))).toBe(
      true,
    );
    expect(lines).toContain("2026-11-23T12:01:00.000Z a1: agent there -> gone");
  });
});

describe("claws status --watch", () => {
  it.each([
    [["--watch", "--interval", "0"], '--interval must be a number of seconds from 1 to 3600, not "0"'],
    [["--watch", "--interval", "3601"], '--interval must be a number of seconds from 1 to 3600, not "3601"'],
    [["--watch", "--interval", "1.5"], '--interval must be a number of seconds from 1 to 3600, not "1.5"'],
    [["--interval", "5"], "no Pulumi.yaml"],
  ])("%j is refused: %s", async (words, error) => {
    const { exitCode, stderr } = await runClaws(["status", ...words]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`claws: error: ${error}`);
  });
});
