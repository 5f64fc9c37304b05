// SPDX-License-Identifier: Apache-2.0
// Somebody has taken over the agent. Each attempt is a test of its own, made inside a droplet whose daemon holds a key, by the workload's
// user: once with nothing but the border between users around it, once in the sandbox of the workload's unit.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { runCommand } from "../../lab/network/command.ts";
import { succeed } from "../../scripts/demo/demoFailure.ts";
import { askAndVerify } from "../../scripts/demo/ask.ts";
import { fetchStatus } from "../../scripts/demo/statusRows.ts";
import { type AdversaryWorld, startAdversaryWorld } from "../support/adversary/adversaryWorld.ts";
import { type Attempt, type Variant, VARIANTS } from "../support/adversary/attempt.ts";
import { brokerAttempts, ownKeyRequest } from "../support/adversary/brokerAttempts.ts";
import { fileAttempts } from "../support/adversary/fileAttempts.ts";
import { networkAttempts } from "../support/adversary/networkAttempts.ts";
import { privilegeAttempts } from "../support/adversary/privilegeAttempts.ts";
import { processAttempts } from "../support/adversary/processAttempts.ts";
import { eventually } from "../support/eventually.ts";
import { withoutWaits } from "../support/storyLab.ts";

let world: AdversaryWorld;
let rulesBefore: string;
let bootBefore: string;
const node = "/opt/office-claws/bin/node";
const dialProgram = "/srv/adversary/dial.ts";
const dialSource = join(import.meta.dirname, "../support/adversary/inside/dial.ts");

beforeAll(async () => {
  world = await startAdversaryWorld();
  rulesBefore = await rules();
  bootBefore = (await status()).bootId;
}, 300_000);

afterAll(() => world.story.lab.stop(), 60_000);

/** The packet filter without its counters. */
async function rules(): Promise<string> {
  const { stdout } = await world.inside("nft", "--stateless", "list", "table", "inet", "claws");
  return stdout;
}

async function status() {
  const [row] = await fetchStatus(world.story.operator, world.story.stack);
  if (row === undefined) throw new Error("there is no agent");
  return row;
}

async function property(unit: string, name: string): Promise<string> {
  return (await world.inside("systemctl", "show", "-P", name, unit)).stdout.trim();
}

function ask(prompt: string): Promise<string> {
  const { story, canary, address } = world;
  return askAndVerify(story.operator, story.lab, {
    agent: "ada",
    address,
    provider: "anthropic",
    prompt,
    paidBy: canary,
  });
}

async function attack(variant: Variant, ...argv: readonly string[]): Promise<string> {
  return (await world.attack(variant, [argv]))[0] ?? "";
}

/** Text must be all that was printed, a pattern must be in it. */
function wholePattern(expected: string | RegExp): RegExp {
  if (typeof expected !== "string") return expected;
  return new RegExp(`^${world.fill(expected).replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}$`);
}

describe.each(VARIANTS)("%s", (variant, words) => {
  const groups: readonly (readonly [string, readonly Attempt[]])[] = [
    ["and the daemon's process", processAttempts],
    ["and other rights", privilegeAttempts],
    ["and files", fileAttempts],
    ["and the network", networkAttempts],
    ["and the broker", brokerAttempts],
  ];
  describe.each(groups)(`${words} %s`, (_group, attempts) => {
    let printed: readonly string[] = [];

    beforeAll(async () => {
      printed = await world.attack(
        variant,
        attempts.map(({ argv }) => argv),
      );
    });

    it.each(attempts.map(({ name, outcome }, index) => [name, index, outcome[variant]] as const))(
      "fails when it %s",
      (_name, index, expected) => {
        expect(printed[index]).toMatch(wholePattern(expected));
      },
    );
  });

  it("pays with the owner's key also when it brings one of its own", async () => {
    const answer = JSON.stringify({ statuses: [200], error: null, ended: "closed" });
    expect(await attack(variant, node, "{sendRaw}", "7441", ownKeyRequest)).toBe(answer);
    const seen = (await world.story.lab.modelRequests()).at(-1);
    expect(seen).toMatchObject({ host: "api.anthropic.com", key: world.canary.value });
  });

  it("has not disturbed the daemon with all that", async () => {
    expect(await property("clawsd", "MainPID")).toBe(world.daemonPid);
    expect(await status()).toMatchObject({ bootId: bootBefore, state: "open" });
    expect(await rules()).toBe(rulesBefore);
    expect((await world.inside("systemctl", "--failed", "--plain", "--no-legend")).stdout).not.toMatch(
      /clawsd|tailscaled/,
    );
    await ask(`Still there after ${variant}?`);
  });
});

describe("the sandbox of the workload's unit", () => {
  it("refuses io_uring, which the kernel's switch closes for everybody on a real droplet", async () => {
    expect(await attack("sandboxed", "{probe}", "io-uring")).toBe("EPERM");
  });

  it("bounds what a fork bomb and a memory hog can take (the lab's control groups do not enforce it)", async () => {
    for (const [name, most] of [
      ["TasksMax", 512],
      ["LimitNOFILE", 16_384],
      ["LimitCORE", 0],
      ["MemorySwapMax", 0],
    ] as const) {
      expect(Number(await property("claws-workload", name))).toBeLessThanOrEqual(most);
    }
    expect(await property("claws-workload", "MemoryMax")).toMatch(/^\d+$/);
    expect(Number(await property("claws-workload", "OOMScoreAdjust"))).toBeGreaterThan(
      Number(await property("clawsd", "OOMScoreAdjust")),
    );
    expect(Number(await property("claws-workload", "CPUWeight"))).toBeLessThan(100);
  });

  it("denies the daemon's ports (the lab's control groups do not enforce it)", async () => {
    expect((await property("claws-workload", "SocketBindDeny")).split(/\s+/).sort()).toEqual(["tcp7440", "tcp7441"]);
  });

  it("has a /tmp of its own that nobody else sees", async () => {
    await attack("sandboxed", "sh", "-c", "echo mine >/tmp/of-the-sandbox");
    expect((await world.inside("ls", "/tmp")).stdout).not.toMatch(/of-the-sandbox/);
  });

  it("gives every process of the workload no capability, no new right and a filter of calls", async () => {
    const lines = await attack("sandboxed", "grep", "-E", "^(Cap|NoNewPrivs|Seccomp:)", "/proc/self/status");
    expect(lines.split("\n").map((line) => line.split(/:\s*/))).toEqual([
      ["CapInh", "0000000000000000"],
      ["CapPrm", "0000000000000000"],
      ["CapEff", "0000000000000000"],
      ["CapBnd", "0000000000000000"],
      ["CapAmb", "0000000000000000"],
      ["NoNewPrivs", "1"],
      ["Seccomp", "2"],
    ]);
  });
});

describe("root on the droplet, as far as it can be kept out", () => {
  it("opens no inspector with SIGUSR1", async () => {
    await world.inside("kill", "-USR1", world.daemonPid);
    const listening = (await world.inside("ss", "-Htlnp")).stdout;
    expect(listening).toMatch(/:7441\b/);
    expect(listening).not.toMatch(/:9229\b/);
    expect(await world.inside(node, dialProgram, "tcp 127.0.0.1 9229")).toMatchObject({
      stdout: "tcp 127.0.0.1 9229 ECONNREFUSED\n",
    });
    expect(await property("clawsd", "MainPID")).toBe(world.daemonPid);
  });

  it("is nobody to the control API, whatever headers it forges", async () => {
    const script = `const [host] = process.argv.slice(1);
      const headers = { "Sec-Claws-No-Browsers": "1", "Content-Type": "application/json", "Tailscale-User-Login": "op@",
        "Tailscale-App-Capabilities": "{}", "X-Forwarded-For": "100.64.0.1", Forwarded: "for=100.64.0.1", "X-Real-IP": "100.64.0.1" };
      require("node:http").get({ host, port: 7440, path: "/v1/status", headers, agent: false }, (answer) => console.log(answer.statusCode))
        .on("error", (error) => console.log(error.code));`;
    expect((await world.inside(node, "-e", script, world.address)).stdout).toBe("403\n");
  });

  it("reaches neither the broker nor the workload's gateway", async () => {
    const targets = ["tcp 127.0.0.1 7441", "tcp 127.0.0.1 18790"];
    expect((await world.inside(node, dialProgram, ...targets)).stdout).toBe(
      targets.map((target) => `${target} EHOSTUNREACH\n`).join(""),
    );
  });
});

describe("a flood at the broker", () => {
  it("of 2000 slow connections leaves the operator's control API answering, and the broker after it", async () => {
    const argv = await world.story.lab.inside("ada", [
      ...["setpriv", "--reuid", "agent", "--regid", "agent", "--clear-groups"],
      ...[node, "/srv/adversary/flood.ts", "7441", "2000", "15"],
    ]);
    const [program = "", ...words] = argv;
    const flood = spawn(program, words, {
      env: { PATH: process.env["PATH"] ?? "" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(flood, "exit");
    const [line] = (await once(flood.stdout, "data")) as [Buffer];
    expect(Number.parseInt(line.toString(), 10)).toBeGreaterThan(0);
    const start = performance.now();
    expect(await status()).toMatchObject({ bootId: bootBefore, state: "open" });
    expect(performance.now() - start).toBeLessThan(10_000);
    await ended;
    await ask("Did the flood go by?");
    expect(await property("clawsd", "MainPID")).toBe(world.daemonPid);
  });
});

describe("taking the daemon's ports while it is away", () => {
  it("serves nobody, and does not keep the daemon out", async () => {
    const { story, address } = world;
    const inside = (...argv: readonly string[]) => world.inside(...argv);
    await inside("systemctl", "stop", "clawsd");
    const squatters = await Promise.all(
      ["127.0.0.1 7441", `${address} 7440`].map(async (place) => {
        const as = ["setpriv", "--reuid", "agent", "--regid", "agent", "--clear-groups"];
        const argv = await story.lab.inside("ada", [
          ...as,
          "/srv/adversary/probe",
          "listen",
          ...place.split(" "),
          "600",
        ]);
        const child = spawn(argv[0] ?? "", argv.slice(1), {
          env: { PATH: process.env["PATH"] ?? "" },
          stdio: ["ignore", "pipe", "inherit"],
        });
        const ended = once(child, "exit");
        const [line] = (await once(child.stdout, "data")) as [Buffer];
        expect(line.toString()).toBe("allowed\n");
        return { ended };
      }),
    );
    // The operator's browser would show a panel that somebody else made: no answer leaves the droplet.
    const asOperator = story.lab.operator([process.execPath, dialSource, `tcp ${address} 7440`]);
    expect(await runCommand(asOperator)).toBe(`tcp ${address} 7440 silence\n`);
    expect((await inside(node, dialProgram, `tcp ${address} 7440`)).stdout).toBe(`tcp ${address} 7440 silence\n`);

    expect(await inside("systemctl", "start", "clawsd")).toMatchObject({ code: 0 });
    await Promise.all(squatters.map(({ ended }) => ended));
    const state = () =>
      status().then(
        (row) => row.state,
        () => "away",
      );
    await eventually(state, (seen) => seen === "sealed");
    succeed("claws keys push", await story.operator.claws(["keys", "push", "--stack", story.stack], withoutWaits));
    await eventually(
      () => ask(`And back again at ${performance.now()}?`).catch(String),
      (said) => !/did not answer/.test(said),
    );
  });
});

describe("the provider", () => {
  it("has seen the owner's key and no other through all of this", async () => {
    const requests = await world.story.lab.modelRequests();
    expect(new Set(requests.map(({ key }) => key))).toEqual(new Set([world.canary.value]));
    expect(new Set(requests.map(({ host }) => host))).toEqual(new Set(["api.anthropic.com"]));
    expect(new Set(requests.map(({ path }) => path.replace(/\?.*/, "")))).toEqual(
      new Set(["/v1/messages", "/v1/models"]),
    );
  });
});
