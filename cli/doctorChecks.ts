// SPDX-License-Identifier: Apache-2.0
import type { Check } from "./doctor.ts";
import { agentChecks } from "./doctor/agentChecks.ts";
import { cloudChecks } from "./doctor/cloudChecks.ts";
import { createDoctorWorld, type Whereabouts } from "./doctor/doctorWorld.ts";
import { machineChecks } from "./doctor/machineChecks.ts";
import { programChecks } from "./doctor/programChecks.ts";
import { projectChecks } from "./doctor/projectChecks.ts";
import { tailscaleChecks } from "./doctor/tailscaleChecks.ts";
import { vaultChecks } from "./doctor/vaultChecks.ts";
import type { Effects } from "./effects.ts";

/** Everything that must be right for the other commands, each with its fix. Nothing is changed. */
export async function doctorChecks(effects: Effects, where: Whereabouts): Promise<readonly Check[]> {
  const world = createDoctorWorld(effects, where);
  return [
    ...programChecks(world),
    ...projectChecks(world),
    ...cloudChecks(world),
    ...tailscaleChecks(world),
    ...machineChecks(world),
    ...vaultChecks(world),
    ...(await agentChecks(world)),
  ];
}
