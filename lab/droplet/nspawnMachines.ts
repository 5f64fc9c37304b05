// SPDX-License-Identifier: Apache-2.0
import { access, mkdir, rm } from "node:fs/promises";
import path from "node:path";
import type { CloudFirewall, MachineBackend, MachineSpec } from "../digitalocean/emulator.ts";
import { dropCloudFirewall, enforceCloudFirewall } from "../network/cloudFirewall.ts";
import type { MachineLink } from "../network/namespaces.ts";
import { connectMachine, disconnectMachine, dropletNamespace } from "../network/namespaces.ts";
import type { DropletFolders } from "./disk.ts";
import { dropletFolders, mountDisk, unmountBelow } from "./disk.ts";
import type { Furnishing } from "./furnish.ts";
import { furnishRoot } from "./furnish.ts";
import type { MachinePatience } from "./machine.ts";
import { Machine } from "./machine.ts";

/** Where and from what droplets are made. */
export interface NspawnOptions extends Furnishing {
  readonly run: string;
  /** The lab's folder. */
  readonly directory: string;
  /** Root filesystem of an image; null for an image that has none. */
  readonly imageRoot: (imageId: number) => string | null;
  /** @default boot 60 s, settle 5 s, shutdown 30 s */
  readonly patience?: Partial<MachinePatience>;
}

/** A droplet as it stands on this host. */
export interface NspawnDroplet {
  readonly dropletId: number;
  readonly name: string;
  readonly address: string;
  readonly state: "on" | "off";
  /** PID 1 of the droplet as this host counts; null while it is off. */
  readonly leaderPid: number | null;
  readonly folders: DropletFolders;
}

/** The backend and what it shows of its droplets. */
export interface NspawnMachines extends MachineBackend {
  list(): readonly NspawnDroplet[];
}

interface Droplet {
  readonly spec: MachineSpec;
  readonly link: MachineLink;
  readonly machine: Machine;
  readonly folders: DropletFolders;
}

const defaultPatience: MachinePatience = { boot: 60_000, settle: 5_000, shutdown: 30_000 };

/** Runs droplets as systemd-nspawn machines, each with its own disk, its own network namespace and a cloud firewall around it. Needs root. */
export function nspawnMachines(options: NspawnOptions): NspawnMachines {
  const droplets = new Map<number, Droplet>();
  const turns = new Map<number, Promise<void>>();
  const firewalls = new Map<number, readonly CloudFirewall[] | null>();

  /** Power buttons are pressed one after the other, whoever presses them. */
  const press = async (dropletId: number, action: (machine: Machine) => Promise<void>): Promise<void> => {
    const { machine } = find(dropletId);
    const turn = (turns.get(dropletId) ?? Promise.resolve()).then(() => action(machine));
    turns.set(
      dropletId,
      turn.catch(() => undefined),
    );
    await turn;
  };
  const find = (dropletId: number): Droplet => {
    const droplet = droplets.get(dropletId);
    if (droplet === undefined) throw new Error(`cannot use droplet "${dropletId}": it was never created`);
    return droplet;
  };
  const enforce = async ({ spec, link }: Droplet): Promise<void> => {
    const covering = spec.publicNetworking === false ? [] : (firewalls.get(spec.dropletId) ?? null);
    await enforceCloudFirewall(options.run, { ...link, firewalls: covering });
  };
  const destroy = async (dropletId: number): Promise<void> => {
    firewalls.delete(dropletId);
    const droplet = droplets.get(dropletId);
    if (droplet === undefined) return;
    await remove(options.run, droplet);
    droplets.delete(dropletId);
    turns.delete(dropletId);
  };

  return {
    async create(spec) {
      const image = await findImage(options, spec);
      const droplet = describe(options, spec);
      droplets.set(spec.dropletId, droplet);
      try {
        // First the firewall, then the wire: there is no moment in which the droplet is open.
        await enforce(droplet);
        await connectMachine(options.run, droplet.link);
        await mkdir(droplet.folders.directory, { recursive: true, mode: 0o700 });
        await mountDisk(droplet.folders, image);
        await furnishRoot(droplet.folders.root, options);
        await droplet.machine.powerOn();
      } catch (error) {
        await destroy(spec.dropletId);
        throw error;
      }
    },
    shutdown: (dropletId) => press(dropletId, (machine) => machine.shutdown()),
    powerOff: (dropletId) => press(dropletId, (machine) => machine.powerOff()),
    powerOn: (dropletId) => press(dropletId, (machine) => machine.powerOn()),
    reboot: (dropletId) => press(dropletId, (machine) => machine.reboot()),
    destroy,
    async applyFirewalls(dropletId, covering) {
      firewalls.set(dropletId, covering);
      const droplet = droplets.get(dropletId);
      if (droplet !== undefined) await enforce(droplet);
    },
    list: () =>
      [...droplets.values()].map(({ spec, machine, folders }) => ({
        dropletId: spec.dropletId,
        name: spec.name,
        address: spec.publicIpv4.address,
        state: machine.state,
        leaderPid: machine.leaderPid,
        folders,
      })),
  };
}

async function findImage({ imageRoot }: NspawnOptions, { imageId, dropletId }: MachineSpec): Promise<string> {
  const image = imageRoot(imageId);
  if (image === null)
    throw new Error(`cannot boot droplet "${dropletId}": image ${imageId} has no root filesystem here`);
  try {
    await access(path.join(image, "usr/lib/systemd/systemd"));
  } catch (cause) {
    throw new Error(`cannot boot droplet "${dropletId}": "${image}" holds no system with systemd`, { cause });
  }
  return image;
}

function describe(options: NspawnOptions, spec: MachineSpec): Droplet {
  const { run, directory, patience } = options;
  const name = dropletNamespace(run, spec.dropletId);
  const folders = dropletFolders(directory, spec.dropletId);
  const { root, console } = folders;
  const link: MachineLink = {
    netns: name,
    link: `d${spec.dropletId}`,
    address: spec.publicIpv4.address,
    privateAddress: `${spec.privateIpv4.address}/${prefixLength(spec.privateIpv4.netmask)}`,
    ...(spec.publicIpv6 === undefined ? {} : { address6: spec.publicIpv6.address }),
  };
  return {
    spec,
    link,
    folders,
    machine: new Machine({ name, root, console, run }, { ...defaultPatience, ...patience }),
  };
}

async function remove(run: string, { machine, folders, link }: Droplet): Promise<void> {
  await machine.powerOff();
  await unmountBelow(folders.directory);
  await disconnectMachine(run, link);
  await dropCloudFirewall(run, link.link);
  await rm(folders.directory, { recursive: true, force: true });
}

/** 255.255.240.0 is 20. */
function prefixLength(netmask: string): number {
  return netmask.split(".").reduce((bits, part) => bits + Number(part).toString(2).replaceAll("0", "").length, 0);
}
