// SPDX-License-Identifier: Apache-2.0
import type { DigitalOcean } from "../digitalOcean.ts";
import type { Effects } from "../effects.ts";
import { attempt, type Attempt } from "../attempt.ts";
import { concern, type Concern } from "../doctor.ts";
import { findProject, stackName } from "../project.ts";
import type { KnownAgents } from "../stackOutputs.ts";
import type { TailscaleApi } from "../tailscaleApi.ts";
import { readVault } from "../vault.ts";
import { vaultPath } from "../project.ts";
import type { VaultDocument } from "../vaultDocument.ts";

/** Where the checks look. */
export interface Whereabouts {
  readonly cwd?: string | undefined;
  readonly stack?: string | undefined;
  readonly vault?: string | undefined;
}

/** What several checks look at: each is asked for once, and what cannot be had is the finding of one check, not of all. */
export interface DoctorWorld {
  readonly effects: Effects;
  readonly where: Whereabouts;
  readonly cloud: () => Promise<Attempt<DigitalOcean>>;
  readonly tailscale: () => Promise<Attempt<TailscaleApi>>;
  readonly agents: () => Promise<Attempt<KnownAgents>>;
  readonly vault: () => Promise<{ readonly path: string; readonly document: VaultDocument }>;
}

/** Opens nothing yet. */
export function createDoctorWorld(effects: Effects, where: Whereabouts): DoctorWorld {
  const { environment, workingDirectory, readPassphrase } = effects;
  return {
    effects,
    where,
    cloud: once(async () => await attempt(effects.digitalOcean)),
    tailscale: once(async () => await attempt(effects.tailscaleApi)),
    agents: once(async () => await attempt(async () => await outputsOf(effects, where))),
    vault: once(async () => {
      const path = vaultPath(workingDirectory, environment, given(where));
      // It looks, and neither acts on what is there nor remembers it.
      return { path, document: await readVault({ path, environment, readPassphrase, purpose: "copy" }) };
    }),
  };
}

/** For a check whose ground is missing: another check has the reason as its fault. */
export function notLookedAt(because: string): Concern {
  return concern(`not looked at: ${because}`);
}

async function outputsOf({ environment, workingDirectory, openStack }: Effects, where: Whereabouts) {
  const project = findProject(workingDirectory, where.cwd);
  const name = stackName(project, environment, where.stack);
  return await (await openStack({ name, root: project.root })).outputs();
}

function given({ vault, cwd }: Whereabouts): { vault?: string; cwd?: string } {
  return { ...(vault === undefined ? {} : { vault }), ...(cwd === undefined ? {} : { cwd }) };
}

function once<T>(work: () => Promise<T>): () => Promise<T> {
  let done: Promise<T> | undefined;
  return async () => await (done ??= work());
}
