// SPDX-License-Identifier: Apache-2.0
import { CONTROL_PORT, VERSION } from "../../protocol/constants.ts";
import { concern, type Check, type Concern } from "../doctor.ts";
import { failure } from "../errors.ts";
import type { KnownAgent } from "../stackOutputs.ts";
import { askOnce } from "../waitForAgents.ts";
import { notLookedAt, type DoctorWorld } from "./doctorWorld.ts";

/** Each agent's control port over the tailnet. The stack is read to know which agents there are. */
export async function agentChecks(world: DoctorWorld): Promise<readonly Check[]> {
  const group = "agents";
  const agents = await world.agents();
  if ("problem" in agents)
    return [{ group, title: "agents", run: async () => await Promise.resolve(notLookedAt(agents.problem)) }];
  if (agents.value.size === 0)
    return [{ group, title: "agents", run: async () => await Promise.resolve("none yet: claws up makes them") }];
  return [...agents.value].map(([name, agent]) => ({
    ...{ group, title: name },
    run: async () => await checkAgent(name, agent, world),
  }));
}

async function checkAgent(name: string, agent: KnownAgent, { effects }: DoctorWorld): Promise<string | Concern> {
  const status = await askOnce(agent, effects);
  if (typeof status === "string")
    throw failure(
      `port ${CONTROL_PORT} of its node does not answer: ${status}`,
      `claws status --agent ${name} shows droplet and node`,
      "the policy must let this machine reach it: claws tailnet policy show",
    );
  const release = status.version === VERSION ? "" : `, release ${status.version}`;
  if (status.state === "sealed")
    return concern(`answers${release}, sealed: it holds no key`, `claws keys push --agent ${name}`);
  if (release !== "")
    return concern(
      `answers, and its daemon has release ${status.version} where this program has ${VERSION}`,
      "build an image of this release and replace the droplet: claws image build, claws up",
    );
  return `answers, ${status.state}`;
}
