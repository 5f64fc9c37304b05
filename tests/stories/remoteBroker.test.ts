// SPDX-License-Identifier: Apache-2.0
// The stronger tier: the key stays on the owner's machine, and the droplet only relays.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { canaryHunt } from "../../lab/hunt/canaryHunt.ts";
import { askAgent } from "../../scripts/demo/ask.ts";
import { makeCanary } from "../../scripts/demo/canaries.ts";
import { succeed } from "../../scripts/demo/demoFailure.ts";
import { repositoryRoot } from "../../scripts/demo/projectFolder.ts";
import { fetchStatus } from "../../scripts/demo/statusRows.ts";
import { eventually } from "../support/eventually.ts";
import { startStoryLab, type StoryLab, withoutWaits } from "../support/storyLab.ts";

const first = makeCanary("ada", "anthropic", 1);
const second = makeCanary("ada", "anthropic", 2);
let story: StoryLab;
let owner: string;
let broker: ChildProcess;
let printed = "";

beforeAll(async () => {
  story = await startStoryLab({ ada: ["anthropic"] });
  owner = await ownAddress();
  const { operator, lab, stack } = story;
  await lab.setPolicy(await policyWithBroker());
  const file = join(operator.project, "stacks", `Pulumi.${stack}.yaml`);
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace('"name":"ada"', `"name":"ada","broker":"${owner}:7441"`));
  succeed("claws vault init", await operator.claws(["vault", "init"]));
  succeed(
    "claws keys set",
    await operator.claws(["keys", "set", "anthropic", "--agent", "ada"], { input: first.value }),
  );
  succeed("claws up", await operator.claws(["up", "--stack", stack, "--yes"], withoutWaits));
}, 400_000);

afterAll(async () => {
  if (broker.exitCode === null) {
    broker.kill("SIGKILL");
    await once(broker, "exit");
  }
  await story.lab.stop();
});

async function ownAddress(): Promise<string> {
  const devices = await story.lab.devices();
  const address = devices.flatMap(({ addresses }) => addresses).find((one) => one.startsWith("100."));
  if (address === undefined) throw new Error("the operator has no tailnet address");
  return address;
}

async function policyWithBroker(): Promise<string> {
  const words = ["tailnet", "policy", "show", "--operator", "op@", "--broker", owner, "--without-tests"];
  return succeed("claws tailnet policy show", await story.operator.claws(words)).stdout;
}

async function startBroker(): Promise<void> {
  const program = [process.execPath, join(repositoryRoot, "cli/bin.cjs"), "broker", "--stack", story.stack];
  const [command = "", ...words] = story.lab.operator(program);
  // The operating system's list of authorities, with the lab's own in the place of the world's.
  const environment = { ...story.lab.environment, SSL_CERT_FILE: story.lab.environment["NODE_EXTRA_CA_CERTS"] };
  broker = spawn(command, words, {
    cwd: story.operator.project,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [broker.stdout, broker.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => (printed += text));
  await eventually(
    () => printed,
    (text) => text.includes("lending keys") || text.includes("error"),
    60_000,
  );
}

async function ask(prompt: string) {
  const [row] = await fetchStatus(story.operator, story.stack);
  return await askAgent(story.operator, { agent: "ada", address: row?.address ?? "", provider: "anthropic", prompt });
}

async function requestsFor(prompt: string) {
  return (await story.lab.modelRequests()).filter((one) => one.prompt.includes(prompt));
}

describe("an agent whose keys stay on the owner's machine", () => {
  it("comes up as a relay, and no key is pushed to it", async () => {
    const [row] = await fetchStatus(story.operator, story.stack);
    expect(row?.state).toBe("relay");
    const { stdout } = succeed(
      "claws keys push",
      await story.operator.claws(["keys", "push", "--stack", story.stack, "--json"]),
    );
    expect(stdout).not.toContain("pushed");
  });

  it("says so clearly while the owner's broker is not there", async () => {
    const answer = await ask("Is anybody there?");
    expect(answer.status).toBe(502);
    expect(JSON.stringify(answer.body)).toContain("upstream-unreachable");
  });

  it("answers once claws broker runs, paid with its own key, from the owner's machine", async () => {
    await startBroker();
    expect(printed).toBe(`claws: lending keys to ada on ${printed.split(" on ")[1] ?? ""}`);
    expect(printed).toContain(`${owner}:7441`);
    expect(await ask("What is the longest way?")).toMatchObject({ status: 200 });
    const seen = await requestsFor("What is the longest way?");
    const [droplet] = await story.lab.droplets();
    expect(seen.map(({ key }) => key)).toEqual([first.value]);
    expect(seen[0]?.source).not.toBe(droplet?.address);
  });

  it("uses a rotated key with its next request", async () => {
    succeed(
      "claws keys set",
      await story.operator.claws(["keys", "set", "anthropic", "--agent", "ada"], { input: second.value }),
    );
    expect(await ask("And the shortest?")).toMatchObject({ status: 200 });
    expect((await requestsFor("And the shortest?")).map(({ key }) => key)).toEqual([second.value]);
  });

  it("has no trace of a key on its droplet's disk or in its file systems in memory", async () => {
    const [droplet] = await story.lab.droplets();
    const places = [
      { kind: "path", path: droplet?.root ?? "" },
      { kind: "path", path: `/proc/${droplet?.leaderPid ?? 0}/root/run` },
      { kind: "path", path: `/proc/${droplet?.leaderPid ?? 0}/root/tmp` },
    ] as const;
    const { findings, sources } = await canaryHunt([first, second], places);
    expect(findings).toEqual([]);
    expect(sources).toBeGreaterThan(1000);
  });

  it("ends at SIGINT with code 0, having printed a line for each request and no key", async () => {
    const ended = once(broker, "exit");
    broker.kill("SIGINT");
    expect(await ended).toEqual([0, null]);
    const lines = printed.split("\n").filter((line) => line.startsWith("{"));
    expect(lines.map((line) => (JSON.parse(line) as { agent: string; code: string }).agent)).toEqual(["ada", "ada"]);
    for (const { value } of [first, second]) expect(printed).not.toContain(value);
  });
});
