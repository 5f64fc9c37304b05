// SPDX-License-Identifier: Apache-2.0
// Where a key is in memory and where it is not: after the push, after it was taken back, after a forced crash and after a reboot. The hunt
// reads the memory of every process of the lab, disks, journals and core files; see scripts/demo/labProcesses.ts for what it leaves out.
import { finishCommand } from "../../lab/network/command.ts";
import { type Canary, makeCanary } from "../../scripts/demo/canaries.ts";
import { askAndVerify } from "../../scripts/demo/ask.ts";
import { succeed } from "../../scripts/demo/demoFailure.ts";
import { huntCanaries } from "../../scripts/demo/huntCanaries.ts";
import { nameOperatorKey } from "../../scripts/demo/projectFolder.ts";
import { fetchStatus } from "../../scripts/demo/statusRows.ts";
import { eventually } from "../support/eventually.ts";
import { startStoryLab, type StoryLab, withoutWaits } from "../support/storyLab.ts";

let story: StoryLab;
const first = makeCanary("ada", "anthropic", 1);
const second = makeCanary("ada", "anthropic", 2);
let current: Canary = first;

beforeAll(async () => {
  story = await startStoryLab({ ada: ["anthropic"] });
  const { operator, stack } = story;
  succeed("claws vault init", await operator.claws(["vault", "init"]));
  // Sealed pushes, as by default: an unsealed key passes the operator's and the droplet's tailscaled as plain text, and stays in their memory.
  const shown = succeed("claws operator show", await operator.claws(["operator", "show", "--json"]));
  await nameOperatorKey(operator.project, stack, (JSON.parse(shown.stdout) as { publicKey: string }).publicKey);
  await store(first);
  succeed("claws up", await operator.claws(["up", "--stack", stack], withoutWaits));
}, 300_000);

afterAll(() => story.lab.stop(), 60_000);

/** Puts the key into the vault; what is asked from now on is paid with it. */
async function store(key: Canary): Promise<void> {
  const words = ["keys", "set", "anthropic", "--agent", "ada"];
  succeed("claws keys set", await story.operator.claws(words, { input: key.value }));
  current = key;
}

const hunt = () => huntCanaries({ lab: story.lab, canaries: [first, second], logs: [], isSealed: true });

async function inside(...argv: readonly string[]): Promise<string> {
  const environment = { PATH: process.env["PATH"] ?? "" };
  return (await finishCommand(await story.lab.inside("ada", argv), { environment })).stdout.trim();
}

async function statusOf() {
  const [row] = await fetchStatus(story.operator, story.stack);
  if (row === undefined) throw new Error("there is no agent");
  return row;
}

/** Waits for a daemon that holds nothing; while it restarts or joins, nobody answers. */
function awaitSealed(): Promise<unknown> {
  const state = () =>
    statusOf().then(
      (row) => row.state,
      () => "away",
    );
  return eventually(state, (seen) => seen === "sealed", 60_000);
}

async function push(): Promise<void> {
  succeed("claws keys push", await story.operator.claws(["keys", "push", "--stack", story.stack], withoutWaits));
}

async function ask(prompt: string): Promise<void> {
  const { address } = await statusOf();
  const question = { agent: "ada", address, provider: "anthropic", prompt, paidBy: current } as const;
  await eventually(
    () => askAndVerify(story.operator, story.lab, question).then(() => "answered", String),
    (said) => said === "answered",
    30_000,
  );
}

/** Whatever a crash may have written, anywhere on the droplet. */
function coreFiles(): Promise<string> {
  return inside(
    "sh",
    "-c",
    "find / -xdev -type f \\( -name 'core' -o -name 'core.*' -o -name '*.core' \\) ! -path '/usr/*' ! -path '/opt/*'",
  );
}

describe("a pushed key, after it was used", () => {
  it("is in the daemon's memory and in nobody else's", async () => {
    await ask("Who pays for this?");
    const { findings, copiesInDaemons } = await hunt();
    expect(findings).toEqual([]);
    expect(copiesInDaemons).toBeGreaterThan(0);
  });
});

describe("a revoked key", () => {
  it("is in nobody else's memory, and the daemon's own copies are counted, not denied", async () => {
    const before = await hunt();
    const words = ["keys", "revoke", "anthropic", "--agent", "ada", "--stack", story.stack];
    const revoked = await story.operator.claws(words);
    succeed("claws keys revoke", revoked);
    expect((await statusOf()).state).toBe("sealed");
    const after = await hunt();
    expect(after.findings).toEqual([]);
    // The buffer is overwritten; what V8 made of it for the header of a request under way is its own to throw away, when it likes.
    process.stderr.write(
      `copies of the key in the daemon: ${before.copiesInDaemons} held, ${after.copiesInDaemons} revoked\n`,
    );
  });
});

describe("a daemon that is made to crash while it holds a key", () => {
  // What was revoked never comes back.
  beforeAll(() => store(second));

  it.each(["SEGV", "ABRT"])("by SIG%s leaves no core file and no copy of the key anywhere", async (signal) => {
    await inside("systemctl", "restart", "clawsd");
    await awaitSealed();
    await push();
    await ask(`Once more before SIG${signal}?`);
    expect((await hunt()).copiesInDaemons).toBeGreaterThan(0);
    const pid = await inside("systemctl", "show", "-P", "MainPID", "clawsd");
    // Root takes away the limit first: what remains is what the daemon and the image do by themselves.
    await inside("prlimit", "--pid", pid, "--core=unlimited");
    await inside("kill", `-${signal}`, pid);
    await awaitSealed();
    expect(await inside("systemctl", "show", "-P", "MainPID", "clawsd")).not.toBe(pid);
    expect(await coreFiles()).toBe("");
    expect(await hunt()).toMatchObject({ findings: [], copiesInDaemons: 0 });
  });
});

describe("a droplet that reboots while it holds a key", () => {
  it("comes back with a sealed daemon and no copy of the key anywhere", async () => {
    await push();
    await ask("Before the reboot?");
    await story.lab.reboot("ada");
    await awaitSealed();
    expect(await coreFiles()).toBe("");
    expect(await hunt()).toMatchObject({ findings: [], copiesInDaemons: 0 });
  });

  it("comes back so after a power cut, too", async () => {
    await push();
    await ask("Before the power cut?");
    await story.lab.powerCut("ada");
    await story.lab.powerOn("ada");
    await awaitSealed();
    expect(await hunt()).toMatchObject({ findings: [], copiesInDaemons: 0 });
  });
});
