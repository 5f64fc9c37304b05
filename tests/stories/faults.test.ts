// SPDX-License-Identifier: Apache-2.0
// Faults that need a real machine or a real tailnet, one after the other on one agent.
import { join } from "node:path";

import { askAgent } from "../../scripts/demo/ask.ts";
import { makeCanary } from "../../scripts/demo/canaries.ts";
import { succeed } from "../../scripts/demo/demoFailure.ts";
import { huntCanaries } from "../../scripts/demo/huntCanaries.ts";
import { type Ended, runCommand } from "../../scripts/demo/operator.ts";
import { repositoryRoot } from "../../scripts/demo/projectFolder.ts";
import { fetchStatus, type StatusRow } from "../../scripts/demo/statusRows.ts";
import { eventually } from "../support/eventually.ts";
import { startStoryLab, type StoryLab, withoutWaits } from "../support/storyLab.ts";

let story: StoryLab;
const canary = makeCanary("ada", "anthropic", 1);
const keysSet = ["keys", "set", "anthropic", "--agent", "ada"];

beforeAll(async () => {
  story = await startStoryLab({ ada: ["anthropic"] });
  const { operator, stack } = story;
  succeed("claws vault init", await operator.claws(["vault", "init"]));
  succeed("claws up", await operator.claws(["up", "--stack", stack], withoutWaits));
  succeed("claws keys set", await operator.claws(keysSet, { input: canary.value }));
  succeed("claws keys push", await push());
}, 400_000);

afterAll(() => story.lab.stop(), 60_000);

function push(): Promise<Ended> {
  return story.operator.claws(["keys", "push", "--stack", story.stack, "--json"]);
}

/** Pushes again and again until all has arrived. */
async function pushUntilDone(): Promise<void> {
  await eventually(push, ({ code }) => code === 0, 90_000);
}

async function inside(...argv: readonly string[]): Promise<Ended> {
  return runCommand(await story.lab.inside("ada", argv), { environment: { PATH: process.env["PATH"] ?? "" } });
}

async function property(name: string): Promise<string> {
  return (await inside("systemctl", "show", `--property=${name}`, "--value", "clawsd")).stdout.trim();
}

async function status(): Promise<StatusRow | undefined> {
  return (await fetchStatus(story.operator, story.stack).catch(() => []))[0];
}

/** The status once the daemon has started anew. */
async function nextStart(before: string | undefined): Promise<StatusRow | undefined> {
  return eventually(status, (row) => row !== undefined && row.bootId !== before, 90_000);
}

async function ask(prompt: string): Promise<number> {
  const address = (await status())?.address ?? "";
  return (await askAgent(story.operator, { agent: "ada", address, provider: "anthropic", prompt })).status;
}

async function expectNoTrace(): Promise<void> {
  expect((await huntCanaries({ lab: story.lab, canaries: [canary], logs: [] })).findings).toEqual([]);
}

/** Drops packets of the operator's machine until the work is over; gives how many were dropped beside the work's result. */
async function dropping<T>(
  rule: string,
  work: (dropped: () => Promise<number>) => Promise<T>,
): Promise<{ value: T; dropped: number }> {
  const { operator } = story;
  const dropped = async (): Promise<number> => {
    const { stdout } = await operator.run(["nft", "list", "table", "inet", "faults"]);
    return Number(/packets (\d+)/.exec(stdout)?.[1]);
  };
  const table = `table inet faults {\nchain out {\ntype filter hook output priority 0\n${rule}\n}\n}\n`;
  succeed("nft", await operator.run(["nft", "-f", "-"], { input: table }));
  try {
    return { value: await work(dropped), dropped: await dropped() };
  } finally {
    succeed("nft", await operator.run(["nft", "delete", "table", "inet", "faults"]));
  }
}

/** How a push ended, with how long it took in milliseconds. */
async function timedPush(): Promise<{ ended: Ended; took: number }> {
  const start = performance.now();
  const ended = await push();
  return { ended, took: performance.now() - start };
}

function expectBounded({ ended, took }: { ended: Ended; took: number }): void {
  expect([0, 3]).toContain(ended.code);
  expect(ended.stdout).toMatch(/"result":"(pushed|unchanged|failed|unknown)"/);
  expect(ended.stdout + ended.stderr).not.toContain(canary.value);
  // Three calls of at most 10 s each, and what the program itself needs on a busy machine.
  expect(took).toBeLessThan(60_000);
}

describe("a tailnet that fails in the middle of a push", () => {
  it("36 with a third of all packets lost finishes or ends with a bounded error, and then finishes", async () => {
    const rule = "udp dport != 53 numgen inc mod 3 == 0 counter drop";
    const { value, dropped } = await dropping(rule, async (droppedSoFar) => {
      const first = await timedPush();
      // Where the path goes by the relay at first, nothing is lost until there is a direct one.
      const lostSome = async (): Promise<boolean> => {
        await push();
        return (await droppedSoFar()) > 0;
      };
      await eventually(lostSome, Boolean, 120_000);
      return first;
    });
    expectBounded(value);
    expect(dropped).toBeGreaterThan(0);

    await pushUntilDone();
    expect((await status())?.state).toBe("open");
  }, 240_000);

  it("36 with every packet lost ends with a bounded error", async () => {
    const { value } = await dropping("udp dport != 53 counter drop\ntcp dport 443 drop", timedPush);
    expectBounded(value);
    expect(value.ended.code).toBe(3);

    await pushUntilDone();
  }, 240_000);

  it("36 by relay alone, without a direct path, finishes", async () => {
    const { dropped } = await dropping("udp dport != 53 counter drop", async (droppedSoFar) => {
      // Where the path goes by the relay already, tailscaled tries a direct one only now and then.
      const triedDirectly = async (): Promise<boolean> => {
        await pushUntilDone();
        return (await droppedSoFar()) > 0;
      };
      await eventually(triedDirectly, Boolean, 120_000);
    });

    expect(dropped).toBeGreaterThan(0);
  }, 240_000);

  it("36 because the agent's tailscaled is killed finishes or ends with a bounded error, and the keys stay", async () => {
    const before = await status();
    const pushing = timedPush();
    succeed("kill", await inside("systemctl", "kill", "--signal=KILL", "tailscaled"));
    expectBounded(await pushing);

    await pushUntilDone();
    expect(await status()).toEqual(before);
  }, 240_000);
});

describe("a daemon that is ended", () => {
  it.each(["KILL", "SEGV", "ABRT"])(
    "38 by SIG%s is started again within two seconds, locked, with nothing of a key left",
    async (signal) => {
      const before = await status();
      const uptime = Number((await inside("cat", "/proc/uptime")).stdout.split(" ")[0]);
      succeed("kill", await inside("systemctl", "kill", `--signal=${signal}`, "clawsd"));
      const after = await nextStart(before?.bootId);
      const started = Number(await property("ExecMainStartTimestampMonotonic")) / 1_000_000;

      expect(after?.state).toBe("sealed");
      // From the order to the next start: the pause of the unit, and what systemd itself takes.
      expect(started - uptime).toBeLessThan(2);
      expect(await ask("Are you locked?")).toBe(503);
      await expectNoTrace();
      await pushUntilDone();
      expect(await ask(`Are you there after ${signal}?`)).toBe(200);
    },
    240_000,
  );

  it("38 by a power cut comes back locked, with nothing of a key on its disk", async () => {
    const before = await status();
    await story.lab.powerCut("ada");
    await story.lab.powerOn("ada");
    expect((await nextStart(before?.bootId))?.state).toBe("sealed");
    await expectNoTrace();

    await pushUntilDone();
    expect((await status())?.state).toBe("open");
  }, 240_000);

  it("39 by systemd's stop ends in order, and nothing of a key is left", async () => {
    const before = await status();
    succeed("stop", await inside("systemctl", "stop", "clawsd"));
    expect(await property("Result")).toBe("success");
    expect(await property("ExecMainStatus")).toBe("0");
    await expectNoTrace();

    succeed("start", await inside("systemctl", "start", "clawsd"));
    expect((await nextStart(before?.bootId))?.state).toBe("sealed");
    await pushUntilDone();
  }, 240_000);

  it("41 with 64 MB of memory keeps serving, or is started again locked, and then takes its keys", async () => {
    succeed("limit", await inside("systemctl", "set-property", "--runtime", "clawsd", "MemoryMax=64M"));
    expect(await property("MemoryMax")).toBe(String(64 * 1024 * 1024));
    const before = await status();
    for (let round = 0; round < 5; round += 1) {
      expect([200, 503]).toContain(await ask(`Is there room for ${round}?`));
      expect([0, 3]).toContain((await push()).code);
    }
    succeed("lift", await inside("systemctl", "set-property", "--runtime", "clawsd", "MemoryMax=512M"));
    await pushUntilDone();
    const after = await status();

    expect(after?.state).toBe("open");
    // Where the machine has a controller for memory, it may have been started anew; elsewhere nothing has happened at all.
    expect(Number(await property("NRestarts")) > 0 || after?.bootId === before?.bootId).toBe(true);
  }, 240_000);

  it("42 again and again is started again with growing pauses, for ever", async () => {
    expect([await property("Restart"), await property("RestartSteps"), await property("RestartMaxDelayUSec")]).toEqual([
      "always",
      "8",
      "30s",
    ]);
    expect([await property("RestartUSec"), await property("StartLimitIntervalUSec")]).toEqual(["500ms", "0"]);
    const first = Number(await property("NRestarts"));
    const before = await status();
    succeed("kill", await inside("systemctl", "kill", "--signal=KILL", "clawsd"));
    await nextStart(before?.bootId);

    expect(Number(await property("NRestarts"))).toBe(first + 1);
    await pushUntilDone();
  }, 240_000);
});

describe("the workload's own user", () => {
  /** Runs JavaScript as that user; the code of the error, or "allowed". */
  async function tryAsAgent(code: string): Promise<string> {
    const pid = await property("MainPID");
    const script = `const fs = require("node:fs"); const pid = ${pid}; try { ${code}; console.log("allowed"); } catch (error) { console.log(error.code); }`;
    const user = ["setpriv", "--reuid=agent", "--regid=agent", "--init-groups", "--no-new-privs"];
    return (await inside(...user, "/opt/office-claws/bin/node", "-e", script)).stdout.trim();
  }

  it.each([
    ["opens the daemon's memory", "fs.openSync(`/proc/${pid}/mem`)"],
    ["reads its environment", "fs.readFileSync(`/proc/${pid}/environ`)"],
    ["reads its memory map", "fs.readFileSync(`/proc/${pid}/maps`)"],
    ["lists its open files", "fs.readdirSync(`/proc/${pid}/fd`)"],
    ["looks into its root", "fs.readdirSync(`/proc/${pid}/root/var/lib/clawsd`)"],
    ["opens the inspector by SIGUSR1", 'process.kill(pid, "SIGUSR1")'],
    ["takes a snapshot by SIGUSR2", 'process.kill(pid, "SIGUSR2")'],
    ["ends it", 'process.kill(pid, "SIGKILL")'],
    ["reads its audit log", 'fs.readFileSync("/var/lib/clawsd/audit.jsonl")'],
    ["writes its program", 'fs.appendFileSync("/opt/office-claws/agent-image/daemon/main.js", "")'],
    ["asks its tailscaled", 'fs.accessSync("/run/tailscale/tailscaled.sock", fs.constants.W_OK)'],
  ])("43 %s in vain", async (_name, code) => {
    expect(await tryAsAgent(code)).toMatch(/^(EACCES|EPERM|ENOENT|EROFS)$/);
  });

  it.each(["attach", "seize", "read-memory", "steal-descriptor"])(
    "43 debugs it by %s in vain",
    async (attempt) => {
      const probe = "/usr/local/bin/fault-probe";
      const [droplet] = await story.lab.droplets();
      const source = join(repositoryRoot, "tests/support/adversary/probe.c");
      succeed(
        "cc",
        await runCommand(["cc", "-static", "-o", `${droplet?.root ?? ""}${probe}`, source], {
          environment: { PATH: process.env["PATH"] ?? "" },
        }),
      );
      const pid = await property("MainPID");
      const user = ["setpriv", "--reuid=agent", "--regid=agent", "--init-groups", "--no-new-privs"];

      expect((await inside(...user, probe, attempt, pid)).stdout.trim()).toMatch(/^E(PERM|ACCES|SRCH)$/);
      // As root, whom nothing on the droplet can keep out, the same probe has its way: it is a good one.
      expect((await inside(probe, "read-memory", "1")).stdout.trim()).toMatch(/^(allowed|EFAULT)$/);
    },
    60_000,
  );

  it("43 finds the same things allowed to root, so the attempts themselves are good ones", async () => {
    const pid = await property("MainPID");

    expect((await inside("cat", `/proc/${pid}/environ`)).code).toBe(0);
    expect((await inside("kill", "-0", pid)).code).toBe(0);
    expect((await status())?.state).toBe("open");
  });
});
