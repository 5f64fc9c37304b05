// SPDX-License-Identifier: Apache-2.0
// Row 17: `claws up` from nothing to an answering agent, beside `pulumi up` of the same program in the same lab.
import { join } from "node:path";
import { performance } from "node:perf_hooks";

import { type Lab, startLab } from "../lab/lab.ts";
import { parseToolchain } from "../lab/labToolchain.ts";
import { askAgent } from "../scripts/demo/ask.ts";
import { makeCanary } from "../scripts/demo/canaries.ts";
import { succeed } from "../scripts/demo/demoFailure.ts";
import { createOperator, type Operator } from "../scripts/demo/operator.ts";
import { makeProject } from "../scripts/demo/projectFolder.ts";
import { fetchStatus } from "../scripts/demo/statusRows.ts";
import { fetchTailnetPolicy } from "../scripts/demo/tailnetPolicy.ts";
import type { Benchmark } from "./result.ts";
import { inRounds, median } from "./statistics.ts";

const goalSeconds = 4;
const stack = "bench";

export const upTime: Benchmark = async ({ short, onProgress }) => {
  const toolchain = parseToolchain(process.env["CLAWS_TOOLCHAIN"]);
  onProgress("row 17: claws up and pulumi up in turns, in a lab");
  const lab = await startLab({ toolchain, policy: (await fetchTailnetPolicy()).untested, onProgress });
  try {
    const operator = await prepare(lab);
    const figures = await inRounds(short ? 1 : 3, {
      pulumi: () => timeUp(operator, "pulumi", () => pulumiUp(operator)),
      claws: () => timeUp(operator, "claws", () => clawsUp(operator)),
    });
    const [ours, engine] = [median(figures.claws), median(figures.pulumi)];
    return [
      {
        row: 17,
        what: "claws up, one agent, to its answer",
        ours: `${ours.toFixed(1)} s`,
        peer: `${engine.toFixed(1)} s pulumi up`,
        ratio: ours / engine,
        goal: `<= +${goalSeconds} s`,
        met: ours - engine <= goalSeconds,
      },
    ];
  } finally {
    await lab.stop();
  }
};

async function prepare(lab: Lab): Promise<Operator> {
  const project = join(lab.directory, "project");
  const { imageId, controlUrl } = lab;
  await makeProject(project, { stack, imageId, controlUrl, agents: { ada: ["anthropic"] } });
  const operator = createOperator(lab, project, () => undefined);
  succeed("claws vault init", await operator.claws(["vault", "init"]));
  const { value } = makeCanary("ada", "anthropic", 1);
  succeed("claws keys set", await operator.claws(["keys", "set", "anthropic", "--agent", "ada"], { input: value }));
  succeed("pulumi stack init", await operator.run(["pulumi", "stack", "init", stack]));
  return operator;
}

/** Seconds that an up takes, from an empty stack; the destroy after it does not count. */
async function timeUp(operator: Operator, what: string, up: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await up();
  const seconds = (performance.now() - started) / 1000;
  const destroy = ["pulumi", "destroy", "--yes", "--skip-preview", "--stack", stack];
  succeed(`pulumi destroy after ${what}`, await operator.run(destroy, withoutWaits));
  return seconds;
}

async function pulumiUp(operator: Operator): Promise<void> {
  const policy = ["--policy-pack", join(operator.project, "policy/run")];
  const argv = ["pulumi", "up", "--yes", "--skip-preview", "--stack", stack, ...policy];
  succeed("pulumi up", await operator.run(argv, withoutWaits));
}

async function clawsUp(operator: Operator): Promise<void> {
  succeed("claws up", await operator.claws(["up", "--stack", stack], withoutWaits));
  const [row] = await fetchStatus(operator, stack);
  if (!row) throw new Error("claws status shows no agent");
  const { status } = await askAgent(operator, {
    agent: "ada",
    address: row.address,
    provider: "anthropic",
    prompt: "?",
  });
  if (status !== 200) throw new Error(`the agent answered with ${status}`);
}

/** The provider's forced waits are DigitalOcean's, not the engine's and not ours. */
const withoutWaits = { environment: { CLAWS_LAB_PROVIDER_WAITS: "none" } };
