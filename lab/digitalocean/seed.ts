// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "./clock.ts";
import { addProject } from "./projects.ts";
import { regions } from "./regions.ts";
import { type AccountState, emptyState } from "./state.ts";
import { ensureDefaultVpc } from "./vpcPlan.ts";

/**
 * An account as its owner finds it: a default project, and a default VPC in every region that was used before. Where
 * there is none, the first VPC made becomes the region's default one and can never be deleted.
 */
export function seedAccount(clock: Clock, unusedRegions: readonly string[]): AccountState {
  const state = emptyState();
  const createdAt = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, "Z");
  addProject(state, {
    name: "first-project",
    description: "",
    purpose: "Just trying out DigitalOcean",
    environment: "",
    isDefault: true,
    createdAt,
  });
  for (const { slug, available } of regions) {
    if (available && !unusedRegions.includes(slug)) ensureDefaultVpc(state, slug, createdAt);
  }
  return state;
}
