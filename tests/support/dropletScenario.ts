// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, realpath, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { randomBytes } from "node:crypto";
import { createAuthority } from "../../lab/certificates.ts";
import type { MachineSpec } from "../../lab/digitalocean/emulator.ts";
import { insideMachine } from "../../lab/droplet/nspawn.ts";
import type { NspawnDroplet, NspawnMachines } from "../../lab/droplet/nspawnMachines.ts";
import { nspawnMachines } from "../../lab/droplet/nspawnMachines.ts";
import { buildRootFilesystem } from "../../lab/image/rootFilesystem.ts";
import { defaultCache } from "../../lab/lab.ts";
import { parseToolchain } from "../../lab/labToolchain.ts";
import { createInternet } from "../../lab/network/namespaces.ts";
import { runCommand } from "../../lab/network/command.ts";
import { claimRun, removeLab } from "../../lab/reaper.ts";

/** Images of the scenario: the agents' image, an empty folder, and none. */
export const images = { agent: 1, empty: 2, unknown: 3 } as const;

/** Droplets on their own: an internet without servers, no DigitalOcean, no tailnet. */
export interface DropletScenario {
  readonly run: string;
  readonly directory: string;
  readonly machines: NspawnMachines;
  spec(dropletId: number, more?: Partial<MachineSpec>): MachineSpec;
  droplet(dropletId: number): NspawnDroplet;
  /** Runs a command inside of a droplet and returns what it printed. */
  inside(dropletId: number, ...argv: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

/** Starts it. Needs root and the toolchain. */
export async function startDropletScenario(): Promise<DropletScenario> {
  const cache = defaultCache(process.env);
  const { tailscale, tailscaled } = parseToolchain(process.env["CLAWS_TOOLCHAIN"]);
  const image = await buildRootFilesystem({ cache, payload: { node: process.execPath, tailscale, tailscaled } });
  const parent = await realpath(await mkdtemp(path.join(os.tmpdir(), "droplets-")));
  const run = randomBytes(3).toString("hex");
  const lab = { run, directory: path.join(parent, run) };
  await claimRun(lab);
  const { caFile } = await createAuthority(path.join(lab.directory, "ca"));
  await createInternet(run);
  const roots = new Map<number, string>([
    [images.agent, image.directory],
    [images.empty, parent],
  ]);
  const machines = nspawnMachines({
    ...lab,
    ...{ caFile, nameserver: "203.0.113.53", imageRoot: (imageId) => roots.get(imageId) ?? null },
    // Nobody answers the image's questions here: its units are not waited for.
    patience: { settle: 300 },
  });
  const droplet = (dropletId: number): NspawnDroplet => {
    const found = machines.list().find((each) => each.dropletId === dropletId);
    if (found === undefined) throw new Error(`no droplet ${dropletId}`);
    return found;
  };
  return {
    ...{ ...lab, machines, droplet, spec },
    inside: (dropletId, ...argv) => runCommand(insideMachine(droplet(dropletId).leaderPid ?? -1, argv)),
    close: async () => {
      await removeLab(lab);
      await rm(parent, { recursive: true });
    },
  };
}

function spec(dropletId: number, more: Partial<MachineSpec> = {}): MachineSpec {
  const on = (address: string): MachineSpec["publicIpv4"] => ({
    address,
    netmask: "255.255.240.0",
    gateway: "198.51.100.1",
  });
  return {
    ...{ dropletId, name: `droplet-${dropletId}`, imageId: images.agent },
    ...{ publicIpv4: on(`198.51.100.${15 + dropletId}`), privateIpv4: on("10.20.0.2") },
    ...more,
  };
}
