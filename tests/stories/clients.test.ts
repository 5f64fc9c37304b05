// SPDX-License-Identifier: Apache-2.0
// The SDKs of Anthropic and OpenAI, unchanged, as the workload's user on a droplet and with the environment of the workload's unit:
// what their programs see of the broker, and what the providers see of them.
import { chmod } from "node:fs/promises";
import { join } from "node:path";

import type { ModelFault } from "../../lab/llm/modelFaults.ts";
import type { ModelRequest } from "../../lab/llm/modelProvider.ts";
import { makeCanary } from "../../scripts/demo/canaries.ts";
import { succeed } from "../../scripts/demo/demoFailure.ts";
import { type Ended, runCommand } from "../../scripts/demo/operator.ts";
import { clientPrograms, installClients, type ClientOutcome } from "../support/clientRun.ts";
import { eventually } from "../support/eventually.ts";
import { startStoryLab, type StoryLab, withoutWaits } from "../support/storyLab.ts";

type Client = keyof typeof clientPrograms;

const names: readonly Client[] = ["anthropic", "openai"];
const folder = "/var/lib/agent/clients";
const keys = { anthropic: makeCanary("ada", "anthropic", 1).value, openai: makeCanary("ada", "openai", 1).value };
const weather = 'call the tool weather with {"city":"Rome"}';

let story: StoryLab;
let environment: readonly string[];
let before = 0;

beforeAll(async () => {
  story = await startStoryLab({ ada: names });
  const { operator, stack } = story;
  succeed("claws vault init", await operator.claws(["vault", "init"]));
  for (const name of names) {
    const words = ["keys", "set", name, "--agent", "ada"];
    succeed("claws keys set", await operator.claws(words, { input: keys[name] }));
  }
  succeed("claws up", await operator.claws(["up", "--stack", stack], withoutWaits));
  const [droplet] = await story.lab.droplets();
  const root = join(droplet?.root ?? "", folder);
  await installClients(root);
  await chmod(root, 0o755);
  const unit = await inside(["systemctl", "show", "--property=Environment", "--value", "claws-workload.service"]);
  environment = succeed("reading the unit", unit).stdout.trim().split(" ");
}, 600_000);

afterAll(() => story.lab.stop(), 120_000);

beforeEach(async () => {
  before = (await story.lab.modelRequests()).length;
});

async function inside(argv: readonly string[], input = ""): Promise<Ended> {
  const command = await story.lab.inside("ada", argv);
  return runCommand(command, { environment: { PATH: process.env["PATH"] ?? "" }, input });
}

/** Runs a client's program as the workload's user, with the unit's environment and nothing else. */
async function run(client: Client, name: string, prompt = "hello", retries = 0): Promise<ClientOutcome> {
  const user = ["setpriv", "--reuid=agent", "--regid=agent", "--init-groups", "--no-new-privs"];
  const program = ["/opt/office-claws/bin/node", `${folder}/${clientPrograms[client]}`];
  const line = `${JSON.stringify({ story: name, prompt, retries })}\n`;
  const ended = await inside([...user, "env", "-i", ...environment, ...program], line);
  return JSON.parse(succeed(`${client} ${name}`, ended).stdout) as ClientOutcome;
}

/** What the providers have seen since the test began. */
async function seen(): Promise<readonly ModelRequest[]> {
  return (await story.lab.modelRequests()).slice(before);
}

function addFault(fault: ModelFault): Promise<unknown> {
  return story.lab.admin.call("POST", "/model/faults", fault);
}

function acceptOnly(provider: Client, accepted: readonly string[] | null): Promise<unknown> {
  return story.lab.admin.call("POST", "/model/keys", { provider, keys: accepted });
}

describe("the workload's environment", () => {
  it("points at the broker and holds no key", () => {
    const text = environment.join("\n");
    expect(environment).toContain("ANTHROPIC_BASE_URL=http://127.0.0.1:7441/anthropic");
    expect(environment).toContain("OPENAI_BASE_URL=http://127.0.0.1:7441/openai/v1");
    expect(text).toContain("CLAWS_AGENT_TOKEN_FILE=");
    for (const key of Object.values(keys)) expect(text).not.toContain(key);
  });
});

describe.each([
  { client: "anthropic", overloaded: "OverloadedError", unavailable: "ServiceUnavailableError" },
  { client: "openai", overloaded: "InternalServerError", unavailable: "InternalServerError" },
] as const)("the $client SDK on a droplet", ({ client, overloaded, unavailable }) => {
  const answer = 'You asked: "hello". The mock model';

  it("gets a whole answer and a stream, paid for with the owner's key", async () => {
    expect(await run(client, "call")).toMatchObject({ text: expect.stringContaining(answer), tokens: 9 });
    expect(await run(client, "stream")).toEqual({ text: expect.stringContaining(answer), pieces: 9, tokens: 9 });
    const ended = await eventually(seen, (list) => list.every(({ outcome }) => outcome !== "open"));
    expect(ended).toMatchObject([
      { provider: client, key: keys[client], stream: false, outcome: "complete" },
      { provider: client, key: keys[client], stream: true, outcome: "complete" },
    ]);
  });

  it("uses a tool and comes back with what it gave", async () => {
    const outcome = await run(client, "tool", weather);
    expect([outcome.reason, outcome.input]).toEqual([expect.stringMatching(/^tool_/), { city: "Rome" }]);
    expect(await seen()).toMatchObject([{ prompt: weather }, { prompt: "", toolResult: "rain in Rome" }]);
  });

  it("is seen to leave within a second when it aborts in the middle of a stream", async () => {
    await addFault({ kind: "hold", afterEvents: 2, provider: client });
    const { leftAt = "" } = await run(client, "abort");
    const [request] = await eventually(seen, ([one]) => one?.outcome !== "open");

    expect(request?.outcome).toBe("aborted");
    expect(Date.parse(request?.endedAt ?? "") - Date.parse(leftAt)).toBeLessThan(1000);
  });

  it("sees the provider's refusals as its own errors, with the time to wait", async () => {
    await addFault({ kind: "error", status: 429, retryAfter: 7, provider: client });
    const limited = { failed: "RateLimitError", status: 429, retryAfter: "7", broker: null };
    expect(await run(client, "call")).toMatchObject(limited);
    await addFault({ kind: "error", status: 529, provider: client });
    expect(await run(client, "call")).toMatchObject({ failed: overloaded, status: 529, broker: null });
  });

  it("tries again itself, and the broker never does", async () => {
    await addFault({ kind: "error", status: 500, retryAfter: 0, provider: client });
    await addFault({ kind: "error", status: 429, retryAfter: 0, provider: client });
    expect(await run(client, "call", "hello", 2)).toMatchObject({ text: expect.stringContaining(answer) });
    await addFault({ kind: "error", status: 500, provider: client });
    expect(await run(client, "call")).toMatchObject({ failed: "InternalServerError" });
    expect((await seen()).map(({ status }) => status)).toEqual([500, 429, 200, 500]);
  });

  it("sees no part of the owner's key when the provider refuses and quotes it", async () => {
    await acceptOnly(client, []);
    const outcome = await run(client, "call");
    await acceptOnly(client, null);

    expect(outcome).toMatchObject({ failed: "AuthenticationError", status: 401, broker: null });
    expect(await seen()).toMatchObject([{ key: keys[client], status: 401 }]);
    for (const part of [keys[client].slice(0, 16), keys[client].slice(-4)])
      expect(JSON.stringify(outcome)).not.toContain(part);
  });

  it("sees that the agent is sealed after a revocation, as the broker's error", async () => {
    const { operator, stack } = story;
    const words = ["keys", "revoke", client, "--agent", "ada", "--stack", stack];
    succeed("claws keys revoke", await operator.claws(words));
    expect(await run(client, "call")).toMatchObject({
      failed: unavailable,
      status: 503,
      retryAfter: "30",
      broker: "sealed",
      message: expect.stringContaining("the agent is sealed"),
    });
    expect(await seen()).toEqual([]);
  });
});

describe("another user of the droplet", () => {
  const ask = `
    const headers = { "x-api-key": process.env.PLACEHOLDER, "anthropic-version": "2023-06-01" };
    fetch("http://127.0.0.1:7441/anthropic/v1/models", { headers }).then(
      (answer) => console.log(answer.status, answer.headers.get("x-claws-broker-error")),
      (error) => console.log(error.cause?.code),
    );`;

  /** What a user gets who has the right placeholder. */
  async function askAs(user: string, group: string): Promise<string> {
    const placeholder = succeed("reading it", await inside(["cat", "/run/office-claws/agent-token"])).stdout;
    const become = ["setpriv", `--reuid=${user}`, `--regid=${group}`, "--clear-groups"];
    const program = ["env", `PLACEHOLDER=${placeholder}`, "/opt/office-claws/bin/node", "-e", ask];
    return succeed("asking", await inside([...become, ...program])).stdout.trim();
  }

  it("gets no connection, root neither", async () => {
    expect(await askAs("nobody", "nogroup")).toBe("EHOSTUNREACH");
    expect(await askAs("root", "root")).toBe("EHOSTUNREACH");
    expect(await seen()).toEqual([]);
  });

  it("gets nothing from the broker itself where the packet filter does not stand in the way", async () => {
    succeed("opening the packet filter", await inside(["nft", "flush", "ruleset"]));
    expect(await askAs("nobody", "nogroup")).toBe("403 wrong-user");
    expect(await askAs("root", "root")).toBe("403 wrong-user");
    expect(await askAs("agent", "agent")).toBe("503 sealed");
    expect(await seen()).toEqual([]);
  });
});
