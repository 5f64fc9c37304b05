// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { access } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { createAuthority } from "../../lab/certificates.ts";
import { insideMachine } from "../../lab/droplet/nspawn.ts";
import { nspawnMachines, type NspawnDroplet } from "../../lab/droplet/nspawnMachines.ts";
import { buildRootFilesystem, type RootFilesystem } from "../../lab/image/rootFilesystem.ts";
import { labAddresses } from "../../lab/network/addresses.ts";
import { finishCommand, type CommandResult } from "../../lab/network/command.ts";
import { createInternet, inNamespace, internetNamespace } from "../../lab/network/namespaces.ts";
import { claimRun, removeLab } from "../../lab/reaper.ts";

/** The lab's cache. */
export const labCache =
  process.env["CLAWS_CACHE"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "office-claws");

/** The programs that go into the image: this Node, and Tailscale from PATH. */
export async function findPayload(): Promise<{ node: string; tailscale: string; tailscaled: string }> {
  const [tailscale, tailscaled] = await Promise.all([findProgram("tailscale"), findProgram("tailscaled")]);
  return { node: process.execPath, tailscale, tailscaled };
}

/** The image's root file system, from the lab's cache. */
export async function buildImage(): Promise<RootFilesystem> {
  return buildRootFilesystem({ cache: labCache, payload: await findPayload() });
}

async function findProgram(name: string): Promise<string> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, name);
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path;
  }
  throw new Error(`cannot run this story: there is no "${name}" on PATH`);
}

/** One droplet of an image on an internet of its own, with no firewall of a cloud around it. */
export interface ImageRun {
  readonly run: string;
  readonly address: string;
  readonly address6: string;
  /** Its root, as the host sees it. */
  readonly root: string;
  /** What it wrote. */
  readonly disk: string;
  /** Boots it; resolves when it is up or its units have had their time. */
  readonly boot: () => Promise<void>;
  /** Orderly restart over the same disk. */
  readonly reboot: () => Promise<void>;
  readonly droplet: () => NspawnDroplet;
  /** Runs a command inside. */
  readonly inside: (...argv: readonly string[]) => Promise<CommandResult>;
  /** Runs a command on the internet. */
  readonly outside: (...argv: readonly string[]) => Promise<CommandResult>;
  readonly stop: () => Promise<void>;
}

const dropletId = 1;

/**
 * Prepares a droplet over the image. `damage` gets the root of its first boot, before anything runs in it.
 */
export async function startImageRun(
  image: string,
  damage: (root: string) => Promise<void> = () => Promise.resolve(),
): Promise<ImageRun> {
  const run = randomBytes(3).toString("hex");
  const directory = join(labCache, "lab", run);
  const [address, address6] = ["198.51.100.16", "2001:db8:1::16"];
  await claimRun({ run, directory });
  const stop = () => removeLab({ run, directory });
  try {
    const { caFile } = await createAuthority(join(directory, "ca"));
    await createInternet(run);
    const patience = { settle: 3000 };
    const machines = nspawnMachines({
      run,
      directory,
      caFile,
      nameserver: labAddresses.dns,
      imageRoot: () => image,
      patience,
    });
    const droplet = () => {
      const [found] = machines.list();
      if (found === undefined) throw new Error("cannot look at the droplet: it was never booted");
      return found;
    };
    const spec = {
      dropletId,
      name: "a1",
      imageId: 1,
      publicIpv4: { address, netmask: "255.255.255.0", gateway: labAddresses.gateway },
      privateIpv4: { address: "10.10.0.2", netmask: "255.255.240.0", gateway: "10.10.0.1" },
      publicIpv6: { address: address6, prefixLength: 64, gateway: "fe80::1" },
    };
    const folder = join(directory, "droplets", String(dropletId));
    return {
      run,
      address,
      address6,
      root: join(folder, "root"),
      disk: join(folder, "disk"),
      droplet,
      async boot() {
        await damage(join(folder, "disk"));
        await machines.create(spec);
      },
      reboot: () => machines.reboot(dropletId),
      inside(...argv) {
        const { leaderPid } = droplet();
        if (leaderPid === null) throw new Error("cannot run a command in the droplet: it is off");
        return finishCommand(insideMachine(leaderPid, argv));
      },
      outside: (...argv) => finishCommand(inNamespace(internetNamespace(run), argv)),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
