// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";

import { namespacePids } from "../../lab/droplet/procfs.ts";
import { listRunProcesses } from "../../lab/reaper.ts";

/** Processes of a lab as this machine counts them, by what may be in their memory. */
export interface LabProcesses {
  /** clawsd in each droplet: the one place where a pushed key belongs. */
  readonly daemons: readonly number[];
  /**
   * The lab's own programs that stand for somebody outside: the world, which plays the model providers and so is sent each key, as a
   * provider is, and keeps the list of what it was sent for the demo to look at.
   */
  readonly outside: readonly number[];
  /**
   * tailscaled of the operator and of the droplets. They encrypt and decrypt what goes between CLI and daemon, so a push that is not sealed
   * passes them as plain text, and they do not overwrite it.
   */
  readonly carriers: readonly number[];
  /** All others: the droplets' systemd, workload and the rest, and the control plane. */
  readonly searched: readonly number[];
}

/** Looks at all processes of a run and tells them apart by their arguments. */
export async function listLabProcesses(run: string): Promise<LabProcesses> {
  const pids = await listRunProcesses(run);
  const kinds = await Promise.all(pids.map(kindOf));
  const ofKind = (wanted: keyof LabProcesses): readonly number[] => pids.filter((_, index) => kinds[index] === wanted);
  return {
    daemons: ofKind("daemons"),
    outside: ofKind("outside"),
    carriers: ofKind("carriers"),
    searched: ofKind("searched"),
  };
}

async function kindOf(pid: number): Promise<keyof LabProcesses> {
  const words = (await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")).split("\0");
  const isInside = (await namespacePids(pid)).length > 1;
  if (isInside && words.some((word) => /^\/opt\/office-claws\/agent-image\/daemon\/main\.[jt]s$/.test(word))) {
    return "daemons";
  }
  if (words.some((word) => word.endsWith("/tailscaled"))) return "carriers";
  return !isInside && words.some((word) => word.endsWith("/lab/world/main.ts")) ? "outside" : "searched";
}
