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

/** What is wrong with an agent's protection from the internet, or could not be looked at: nothing, when the firewall is in effect and no port answers. */
export async function findExposure(
  agent: KnownAgent,
  effects: Pick<Effects, "digitalOcean" | "portAnswers">,
  options: ExposureOptions = {},
): Promise<readonly string[]> {
  const [firewall, ports] = await Promise.all([
    firewallProblems(agent, effects, options),
    portProblems(agent, effects),
  ]);
  return [...firewall, ...ports];
}

async function portProblems(
  { publicAddress, dropletId }: KnownAgent,
  { portAnswers }: Pick<Effects, "portAnswers">,
): Promise<readonly string[]> {
  if (publicAddress === "")
    return [`no port of droplet ${dropletId} was tried: the stack's outputs have no public address`];
  const answers = await Promise.all(PROBED_PORTS.map(async (port) => await portAnswers(publicAddress, port)));
  return PROBED_PORTS.filter((_, index) => answers[index]).map((port) => `port ${port} of ${publicAddress} answers`);
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
    if (left <= 1) return [notInEffect(firewalls, dropletId)];
    await sleep(pause);
  }
}

function isInEffect(firewalls: readonly CoveringFirewall[]): boolean {
  return (
    firewalls.length > 0 &&
    firewalls.every(({ status, pendingChanges }) => status === "succeeded" && pendingChanges === 0)
  );
}

function notInEffect(firewalls: readonly CoveringFirewall[], dropletId: string): string {
  if (firewalls.length === 0) return `no firewall covers droplet ${dropletId}`;
  const failed = firewalls.find(({ status }) => status === "failed");
  return failed === undefined
    ? `the firewall of droplet ${dropletId} is not in effect yet`
    : `DigitalOcean could not put firewall "${failed.name}" of droplet ${dropletId} into effect`;
}
