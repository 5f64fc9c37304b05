// SPDX-License-Identifier: Apache-2.0
// What an operator looks at day by day, with a real droplet: status, cost and doctor, and a watch that opens the droplet after a reboot.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import type { AgentStatus } from "../../cli/agentStatus.ts";
import type { Finding } from "../../cli/doctor.ts";
import { renderSystemdUnit } from "../../cli/watch/serviceFile.ts";
import { makeCanary } from "../../scripts/demo/canaries.ts";
import { succeed } from "../../scripts/demo/demoFailure.ts";
import { runCommand } from "../../scripts/demo/operator.ts";
import { nameOperatorKey, repositoryRoot } from "../../scripts/demo/projectFolder.ts";
import { callCloud } from "../support/cloudCalls.ts";
import { eventually } from "../support/eventually.ts";
import { startStoryLab, type StoryLab, withoutWaits } from "../support/storyLab.ts";

const key = makeCanary("ada", "anthropic", 1);
let story: StoryLab;
let watch: ChildProcess;
let events = "";

beforeAll(async () => {
  story = await startStoryLab({ ada: ["anthropic"] });
  const { operator, stack } = story;
  succeed("claws vault init", await operator.claws(["vault", "init"]));
  const shown = succeed("claws operator show", await operator.claws(["operator", "show", "--json"]));
  await nameOperatorKey(operator.project, stack, (JSON.parse(shown.stdout) as { publicKey: string }).publicKey);
  const set = ["keys", "set", "anthropic", "--agent", "ada"];
  succeed("claws keys set", await operator.claws(set, { input: key.value }));
  succeed("claws up", await operator.claws(["up", "--stack", stack, "--yes"], withoutWaits));
}, 400_000);

afterAll(async () => {
  if (watch.exitCode === null) {
    watch.kill("SIGKILL");
    await once(watch, "exit");
  }
  await story.lab.stop();
});

async function claws(...words: string[]): Promise<string> {
  return succeed(`claws ${words.join(" ")}`, await story.operator.claws([...words, "--stack", story.stack])).stdout;
}

async function statusOfAda(): Promise<AgentStatus> {
  const [ada] = JSON.parse(await claws("status", "--json")) as AgentStatus[];
  if (ada === undefined) throw new Error("the stack has one agent");
  return ada;
}

function startWatch(): void {
  const program = [process.execPath, join(repositoryRoot, "cli/bin.cjs"), "watch", "--stack", story.stack];
  const [command = "", ...words] = story.lab.operator([...program, "--interval", "1", "--json"]);
  const options = { cwd: story.operator.project, env: story.lab.environment };
  watch = spawn(command, words, { ...options, stdio: ["ignore", "pipe", "inherit"] });
  watch.stdout?.setEncoding("utf8").on("data", (text: string) => (events += text));
}

/** The names of the events so far, of ada and of the watch itself. */
function told(): readonly string[] {
  const lines = events.split("\n").slice(0, -1);
  return lines.map((line) => (JSON.parse(line) as { event: string }).event);
}

describe("an operator with a droplet that runs", () => {
  it("sees it whole, without drift, and what it costs", async () => {
    const ada = await statusOfAda();
    expect(ada).toMatchObject({
      ...{ droplet: "active", node: "online", state: "open", size: "s-1vcpu-1gb", region: "nyc3" },
      ...{ drift: [], unchecked: [], problems: [] },
      image: { id: story.lab.imageId, newer: null },
      price: { monthly: 6, hourly: 0.00893, accrued: 0.01 },
    });
    expect(ada.keys.map(({ name, active }) => [name, active])).toEqual([["anthropic", 1]]);
    const cost = JSON.parse(await claws("cost", "--json")) as { agents: object[]; total: object };
    expect(cost.agents).toMatchObject([{ agent: "ada", droplet: "there", source: "live", monthly: 6, accrued: 0.01 }]);
    const table = await claws("status");
    expect(Math.max(...table.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it("hears no fault from the doctor", async () => {
    const findings = JSON.parse(await claws("doctor", "--json")) as Finding[];
    expect(findings.filter(({ level }) => level === "fault")).toEqual([]);
    const seen = Object.fromEntries(findings.map(({ check, found }) => [check, found]));
    expect(seen).toMatchObject({
      ada: "answers, open",
      "keys and agents": "1 agents, a key for each",
      "token scopes": "may read droplets, firewalls, tags, vpcs, images, sizes, volumes; writing was not tried",
      clock: expect.stringMatching(/^within [01] s of the services' clocks$/),
    });
  });

  it("has it opened again after a reboot, by the watch alone, with a sealed push", async () => {
    startWatch();
    await eventually(told, (names) => names.includes("reachable"), 60_000);
    const before = await statusOfAda();
    await story.lab.reboot("ada");
    await eventually(told, (names) => names.includes("pushed"), 120_000);
    const after = await statusOfAda();
    expect(after).toMatchObject({ state: "open", keys: [{ name: "anthropic", active: 1 }] });
    expect(after.bootId).not.toBe(before.bootId);
    expect(told()).toContain("restarted");
    expect(events).not.toContain(key.value);
  }, 240_000);

  it("may confine the watch as the unit does, and it still resolves, dials and runs other programs", async () => {
    const unit = renderSystemdUnit({ stack: "dev", id: "0123abcd", argv: ["/bin/true"], environment: {} });
    const confined = unit
      .split("\n")
      .filter((line) => /^(UMask|Limit|NoNew|Restrict\w+|Lock|SystemCall)\w*=/.test(line));
    expect(confined.length).toBeGreaterThan(8);
    const script = `
      await fetch("http://127.0.0.1:1").catch(() => undefined);
      await import("node:dns/promises").then(({ lookup }) => lookup("localhost"));
      process.stdout.write(String((await import("node:child_process")).execFileSync("/bin/echo", ["fine"])));`;
    const node = ["/opt/office-claws/bin/node", "--input-type=module", "-e", script];
    const properties = confined.flatMap((line) => ["-p", line]);
    const words = ["systemd-run", "--quiet", "--wait", "--pipe", "--uid=nobody", ...properties, ...node];
    const { code, stdout, stderr } = await runCommand(await story.lab.inside("ada", words), {
      environment: { PATH: process.env["PATH"] ?? "" },
    });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: "fine\n", stderr: "" });
  });

  it("ends the watch with Ctrl-C, which is no failure", async () => {
    watch.kill("SIGINT");
    const [code] = (await once(watch, "exit")) as [number];
    expect({ code, last: told().at(-1) }).toEqual({ code: 0, last: "stopped" });
  });

  it("sees what somebody changed behind the stack's back", async () => {
    const ada = await statusOfAda();
    await callCloud(story.lab, "POST", "/tags", { name: "web" });
    const resources = [{ resource_id: ada.dropletId, resource_type: "droplet" }];
    await callCloud(story.lab, "POST", "/tags/web/resources", { resources });
    const inbound_rules = [{ protocol: "tcp", ports: "22", sources: { addresses: ["0.0.0.0/0"] } }];
    await callCloud(story.lab, "POST", "/firewalls", { name: "open", tags: ["web"], inbound_rules });
    const { drift } = await eventually(statusOfAda, (one) => one.drift.length === 2, 30_000);
    expect(drift).toEqual([
      { what: "tags", wanted: expect.any(String), found: expect.stringMatching(/, web$/) },
      { what: "inbound rules", wanted: "0", found: '1 in firewall "open"' },
    ]);
  });
});
