// SPDX-License-Identifier: Apache-2.0
// OpenClaw, pinned from npm and unchanged, as the workload that the image's own unit starts. The operator asks it over the tailnet, it
// asks models through the broker, and nothing of it ever holds a key.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { canaryHunt } from "../../lab/hunt/canaryHunt.ts";
import type { ModelRequest } from "../../lab/llm/modelProvider.ts";
import { type Canary, makeCanary } from "../../scripts/demo/canaries.ts";
import { succeed } from "../../scripts/demo/demoFailure.ts";
import { huntCanaries } from "../../scripts/demo/huntCanaries.ts";
import { type Ended, type HttpAnswer, runCommand } from "../../scripts/demo/operator.ts";
import { fetchStatus } from "../../scripts/demo/statusRows.ts";
import { eventually } from "../support/eventually.ts";
import { startStoryLab, type StoryLab, withoutWaits } from "../support/storyLab.ts";

/** OpenClaw needs ten seconds to start where nothing else runs; the limits are for machines on which much else does. */
const patience = 420_000;

const providers = ["anthropic", "openai"] as const;
const keys: Readonly<Record<(typeof providers)[number], Canary>> = {
  anthropic: makeCanary("ada", "anthropic", 1),
  openai: makeCanary("ada", "openai", 1),
};

let story: StoryLab;
let address: string;

beforeAll(async () => {
  story = await startStoryLab({ ada: providers }, "openclaw");
  const { operator, stack } = story;
  succeed("claws vault init", await operator.claws(["vault", "init"]));
  for (const provider of providers) {
    const words = ["keys", "set", provider, "--agent", "ada"];
    succeed("claws keys set", await operator.claws(words, { input: keys[provider].value }));
  }
  succeed("claws up", await operator.claws(["up", "--stack", stack], withoutWaits));
  const [row] = await fetchStatus(operator, stack);
  address = row?.address ?? "";
  await untilReady();
}, 900_000);

afterAll(() => story.lab.stop(), 120_000);

async function untilReady(): Promise<void> {
  const health = () => story.operator.request("GET", `http://${address}:7442/healthz`);
  await eventually(health, ({ status }) => status === 200, patience);
}

async function inside(argv: readonly string[]): Promise<Ended> {
  const command = await story.lab.inside("ada", argv);
  return runCommand(command, { environment: { PATH: process.env["PATH"] ?? "" } });
}

function ask(prompt: string, provider: keyof typeof keys = "anthropic"): Promise<HttpAnswer> {
  return story.operator.request("POST", `http://${address}:7442/ask`, { prompt, provider }, 300);
}

async function seen(prompt: string): Promise<readonly ModelRequest[]> {
  return (await story.lab.modelRequests()).filter((request) => request.prompt.includes(prompt));
}

/** Processes of the agent's user: number and environment. */
async function agentEnvironments(): Promise<readonly string[]> {
  const script = 'for one in $(pgrep -u agent); do tr "\\0" "\\n" <"/proc/$one/environ"; echo; done';
  return succeed("reading environments", await inside(["sh", "-c", script])).stdout.split("\n");
}

describe("OpenClaw", () => {
  it("gets a droplet with 4 GB when the configuration names no size", async () => {
    const { stdout } = await story.operator.run(["pulumi", "stack", "output", "--json", "--stack", story.stack]);
    expect(stdout).toContain('"size": "s-2vcpu-4gb"');
    expect(stdout).toContain('"runtime": "openclaw"');
  });

  it(
    "answers a question from the tailnet with a streamed model turn that the owner's key paid for",
    async () => {
      const answer = await ask("What is the way of ada?");
      expect(answer).toMatchObject({ status: 200, body: { agent: "ada", provider: "anthropic" } });
      // The mock quotes the prompt; where OpenClaw's own context for the model begins, OpenClaw cuts the answer.
      const quote = /^You asked: "\[.* UTC\] What is the way of ada\?/;
      expect(answer.body).toMatchObject({ answer: expect.stringMatching(quote) });

      const [droplet] = await story.lab.droplets();
      expect(await seen("What is the way of ada?")).toMatchObject([
        {
          provider: "anthropic",
          method: "POST",
          path: "/v1/messages",
          key: keys.anthropic.value,
          model: "claude-sonnet-5",
          stream: true,
          status: 200,
          outcome: "complete",
          source: droplet?.address,
        },
      ]);
    },
    patience,
  );

  it(
    "asks the other provider in that one's own form when the question names it",
    async () => {
      expect(await ask("And by the other way?", "openai")).toMatchObject({ status: 200 });
      expect(await seen("And by the other way?")).toMatchObject([
        {
          provider: "openai",
          path: "/v1/responses",
          key: keys.openai.value,
          model: "gpt-5.4",
          stream: true,
          userAgent: expect.stringMatching(/^OpenAI\/JS /),
          status: 200,
        },
      ]);
    },
    patience,
  );

  it(
    "makes no model turn that nobody asked for",
    async () => {
      const asked = ["What is the way of ada?", "And by the other way?"];
      // On a slow machine the front looks at the list of models meanwhile, to see whether the key is refused.
      const turns = (await story.lab.modelRequests()).filter(({ method }) => method !== "GET");
      expect(turns.filter(({ prompt }) => !asked.some((one) => prompt.includes(one)))).toEqual([]);
    },
    patience,
  );

  it(
    "runs commands for the model whose environment holds placeholders only",
    async () => {
      const answer = await ask('Please call the tool exec with {"command":"env; id -un; cat /proc/self/status"}');
      expect(answer).toMatchObject({ status: 200 });
      const results = (await story.lab.modelRequests()).flatMap(({ toolResult }) => toolResult ?? []);
      expect(results).toEqual([expect.stringMatching(/^CLAWS_AGENT_TOKEN=agt_/m)]);
      expect(results[0]).toMatch(/^agent$/m);
      expect(results[0]).toMatch(/^NoNewPrivs:\t1$/m);
      expect(results[0]).toMatch(/^CapEff:\t0{16}$/m);
      const { findings } = await canaryHunt(Object.values(keys), [
        { kind: "text", name: "what the tool gave", text: results.join("\n") },
      ]);
      expect(findings).toEqual([]);
    },
    patience,
  );

  it(
    "gives its processes an environment that is written down, and its files a configuration without secrets",
    async () => {
      const names = (await agentEnvironments()).map((line) => line.split("=")[0] ?? "");
      const secret = names.filter((name) => /TOKEN|KEY|SECRET|PASSWORD/.test(name));
      expect(new Set(secret)).toEqual(new Set(["CLAWS_AGENT_TOKEN", "CLAWS_GATEWAY_TOKEN", "CLAWS_AGENT_TOKEN_FILE"]));

      const [droplet] = await story.lab.droplets();
      const file = join(droplet?.root ?? "", "var/lib/agent/.openclaw/openclaw.json");
      const configuration = await readFile(file, "utf8");
      expect(configuration).toContain('"${CLAWS_AGENT_TOKEN}"');
      expect(configuration).not.toContain("agt_");
      const modes = ["/var/lib/agent", "/var/lib/agent/.openclaw", "/var/lib/agent/.openclaw/openclaw.json"];
      const { stdout } = await inside(["stat", "-c", "%a %U %n", ...modes]);
      expect(stdout).toBe(`700 agent ${modes[0]}\n700 agent ${modes[1]}\n600 agent ${modes[2]}\n`);
    },
    patience,
  );

  it(
    "has no critical finding in its own security audit, run as the agent",
    async () => {
      const { stdout, code } = await openClaw(["security", "audit", "--json"]);
      expect(code).toBe(0);
      const report = JSON.parse(stdout) as { summary: { critical: number }; findings: readonly unknown[] };
      expect(report.summary.critical).toBe(0);
      expect(report.findings.length).toBeGreaterThan(0);
    },
    patience,
  );

  it(
    "leaves no trace of a key on the disk, in memory file systems, journals and environments",
    async () => {
      const { findings, places } = await huntCanaries({ lab: story.lab, canaries: Object.values(keys), logs: [] });
      expect({ findings, places }).toMatchObject({ findings: [] });
    },
    patience,
  );

  it(
    "cannot reach the registry that it looks up, and goes on",
    async () => {
      const probe =
        'fetch("https://clawhub.ai/").then((r) => r.status, (e) => e.cause?.code ?? e.message).then(console.log)';
      const as = ["setpriv", "--reuid", "agent", "--regid", "agent", "--clear-groups", "--no-new-privs"];
      const { stdout } = await inside([...as, "/opt/office-claws/bin/node", "-e", probe]);
      expect(stdout).toMatch(/^(?:EAI_AGAIN|ENOTFOUND|ECONNREFUSED|EHOSTUNREACH|EPERM)\n$/);
      expect(await ask("Still there?")).toMatchObject({ status: 200 });
    },
    patience,
  );

  it(
    "says that the key is refused when the provider refuses it, and answers at once with a new one",
    async () => {
      const accept = (list: readonly string[] | null) =>
        story.lab.admin.call("POST", "/model/keys", { provider: "anthropic", keys: list });
      await accept([]);
      expect(await ask("Is the key good?")).toMatchObject({
        status: 502,
        body: { code: "provider-401", error: "invalid x-api-key" },
      });
      await accept(null);
      expect(await ask("Is it good now?")).toMatchObject({ status: 200 });
    },
    patience,
  );

  it(
    "says that the agent is sealed after a restart of clawsd, and answers again once the keys are pushed",
    async () => {
      succeed("systemctl restart clawsd", await inside(["systemctl", "restart", "clawsd"]));
      await eventually(
        () => ask("Are you sealed?"),
        ({ status, body }) => status === 503 && JSON.stringify(body).includes('"sealed"'),
        patience,
      );
      const { operator, stack } = story;
      succeed("claws keys push", await operator.claws(["keys", "push", "--stack", stack]));
      await untilReady();
      expect(await ask("And now?")).toMatchObject({ status: 200 });
      expect(await seen("And now?")).toMatchObject([{ key: keys.anthropic.value, status: 200 }]);
    },
    patience,
  );
});

/** Runs OpenClaw's own program as the agent, in the agent's home, with an environment of the same form as the gateway's. */
function openClaw(words: readonly string[]): Promise<Ended> {
  const as = ["setpriv", "--reuid", "agent", "--regid", "agent", "--clear-groups", "--no-new-privs"];
  const token = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  const environment = [
    "HOME=/var/lib/agent",
    "PATH=/usr/bin:/bin",
    "CLAWS_AGENT_TOKEN=agt_x",
    `CLAWS_GATEWAY_TOKEN=${token}`,
    "OPENCLAW_FS_SAFE_NATIVE_MODE=off",
  ];
  const program = "/opt/office-claws/openclaw/node_modules/openclaw/openclaw.mjs";
  return inside([...as, "env", "-i", ...environment, "/opt/office-claws/bin/node", program, ...words]);
}
