// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";
import type { CoveringFirewall } from "./digitalOcean.ts";
import type { Effects } from "./effects.ts";
import type { KnownAgent } from "./stackOutputs.ts";

/** Ports that are tried from outside: the usual ones and our own. A full scan belongs to the lab. */
export const PROBED_PORTS: readonly number[] = [22, 80, 443, 7440, 7441, 7442];

/** How long to wait for DigitalOcean to put a firewall into effect. */
export interface ExposureOptions {
  /** @default 20 */
  readonly attempts?: number;
  /** Milliseconds between two attempts. @default 500 */
  readonly pause?: number;
}

/** What is wrong with an agent's protection from the internet: nothing, when the firewall is in effect and no port answers. */
export async function findExposure(
  agent: KnownAgent,
  effects: Pick<Effects, "digitalOcean" | "portAnswers">,
  options: ExposureOptions = {},
): Promise<readonly string[]> {
  const [firewall, ports] = await Promise.all([
    firewallProblems(agent, effects, options),
    answeringPorts(agent, effects),
  ]);
  return [...firewall, ...ports.map((port) => `port ${port} of ${agent.publicAddress} answers`)];
}

async function answeringPorts(
  { publicAddress }: KnownAgent,
  { portAnswers }: Pick<Effects, "portAnswers">,
): Promise<readonly number[]> {
  if (publicAddress === "") return [];
  const answers = await Promise.all(PROBED_PORTS.map(async (port) => await portAnswers(publicAddress, port)));
  return PROBED_PORTS.filter((_, index) => answers[index]);
}

async function firewallProblems(
  { dropletId }: KnownAgent,
  { digitalOcean }: Pick<Effects, "digitalOcean">,
  { attempts = 20, pause = 500 }: ExposureOptions,
): Promise<readonly string[]> {
  const cloud = await digitalOcean();
  for (let left = attempts; ; left--) {
    const firewalls = await cloud.firewallsOf(dropletId);
    const open = firewalls
      .filter(({ inboundRules }) => inboundRules > 0)
      .map(({ name }) => `firewall "${name}" has inbound rules`);
    if (open.length > 0 || isInEffect(firewalls)) return open;
    if (left <= 1)
      return [
        firewalls.length === 0
          ? `no firewall covers droplet ${dropletId}`
          : `the firewall of droplet ${dropletId} is not in effect yet`,
      ];
    await sleep(pause);
  }
}

function isInEffect(firewalls: readonly CoveringFirewall[]): boolean {
  return firewalls.length > 0 && firewalls.every(({ pendingChanges }) => pendingChanges === 0);
}
