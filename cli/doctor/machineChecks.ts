// SPDX-License-Identifier: Apache-2.0
import { attempt, type Attempt } from "../attempt.ts";
import { digitalOceanOrigin } from "../digitalOcean.ts";
import type { Check } from "../doctor.ts";
import { failure } from "../errors.ts";
import type { ServerClock } from "../serverClock.ts";
import { tailscaleOrigin } from "../tailscaleApi.ts";
import type { DoctorWorld } from "./doctorWorld.ts";
import { checkSwap } from "./swap.ts";

/** Seconds by which a clock may be wrong: signatures and short-lived keys allow for no more. */
const SKEW = 60;

/** What this machine must be for the others to be reached and believed. */
export function machineChecks(world: DoctorWorld): readonly Check[] {
  const group = "this machine";
  const { serverClock, environment } = world.effects;
  const origins = { DigitalOcean: digitalOceanOrigin, Tailscale: tailscaleOrigin };
  const asked = Object.entries(origins).map(([name, originOf]) => {
    let answer: Promise<Attempt<ServerClock>> | undefined;
    const ask = async (): Promise<Attempt<ServerClock>> =>
      await (answer ??= attempt(async () => await serverClock(originOf(environment))));
    return { name, ask };
  });
  return [
    { group, title: "tailscaled", run: async () => await checkTailscaled(world) },
    ...asked.map(({ name, ask }): Check => ({
      ...{ group, title: `way to ${name}` },
      run: async () => {
        const answer = await ask();
        if ("problem" in answer) throw failure(answer.problem, "check the network, a proxy, a firewall on the way");
        return "answers";
      },
    })),
    {
      ...{ group, title: "clock" },
      run: async () => checkClock(world.effects.now(), await Promise.all(asked.map(async ({ ask }) => await ask()))),
    },
    { group, title: "swap", run: async () => await Promise.resolve(checkSwap(process.platform)) },
  ];
}

async function checkTailscaled({ effects }: DoctorWorld): Promise<string> {
  const { backendState, tun, peers } = await effects.tailnetStatus();
  if (backendState !== "Running") throw failure(`is in state ${backendState}`, "tailscale up");
  if (!tun)
    throw failure(
      "uses userspace networking, so this machine cannot open connections to agents",
      "start tailscaled without --tun=userspace-networking",
    );
  return `running, ${peers.length} nodes in sight`;
}

/** The services' clocks are the yardstick; where none tells the time, the release's own year is. */
function checkClock(now: Date, answers: readonly Attempt<ServerClock>[]): string {
  const known = answers.flatMap((answer) => ("value" in answer ? (answer.value.ahead ?? []) : []));
  const [worst = 0] = [...known].sort((left, right) => Math.abs(right) - Math.abs(left));
  const fix = "set it: with a wrong clock, TLS and the short life of auth keys fail";
  if (Math.abs(worst) > SKEW)
    throw failure(`is ${Math.abs(worst)} s ${worst > 0 ? "ahead of" : "behind"} the services' clocks`, fix);
  if (now.getUTCFullYear() < 2026) throw failure(`says ${now.toISOString()}`, fix);
  return known.length === 0
    ? `${now.toISOString()}, compared with no service`
    : `within ${Math.abs(worst)} s of the services' clocks`;
}
