// SPDX-License-Identifier: Apache-2.0
import { stat } from "node:fs/promises";
import { labAddresses, serviceAddresses } from "./addresses.ts";
import { CommandError, runCommand } from "./command.ts";

/** A machine's place on the lab's internet. */
export interface MachineLink {
  /** Network namespace of the machine. */
  readonly netns: string;
  /** Name of the internet's end of the veth pair, at most 15 characters. */
  readonly link: string;
  /** Public IPv4 address. */
  readonly address: string;
  /** Public IPv6 address. @default none */
  readonly address6?: string;
  /** Address in a VPC without neighbours, with its prefix length, for example 10.10.0.2/20. @default none */
  readonly privateAddress?: string;
}

/** The internet's end of every IPv6 link. */
const gateway6 = "fe80::1";

/** Name of the namespace that plays the public internet in the run. */
export const internetNamespace = (run: string): string => `claws-${run}-inet`;
/** Name of the operator's namespace in the run. */
export const operatorNamespace = (run: string): string => `claws-${run}-op`;
/** Name of a droplet's namespace in the run; also the name of its machine and its cgroup. */
export const dropletNamespace = (run: string, dropletId: number): string => `claws-${run}-d${dropletId}`;
/** File that stands for a named namespace. */
export const namespaceFile = (netns: string): string => `/run/netns/${netns}`;

/** Arguments that run a command in a named network namespace; everything else of it stays the caller's. */
export function inNamespace(netns: string, argv: readonly string[]): readonly string[] {
  return ["nsenter", `--net=${namespaceFile(netns)}`, "--", ...argv];
}

/** Inode number of a named namespace, as `/proc/<pid>/ns/net` shows it; null when there is none. */
export async function namespaceInode(netns: string): Promise<number | null> {
  const file = await stat(namespaceFile(netns)).catch(() => null);
  return file?.ino ?? null;
}

/**
 * Creates the public internet of a run: a namespace that routes between the machines and holds every service address on its loopback device
 * (a dummy device is not in every kernel).
 * @throws CommandError when a step fails; `deleteNamespace` cleans up what was made.
 */
export async function createInternet(run: string): Promise<void> {
  const netns = internetNamespace(run);
  await createNamespace(netns);
  const forwarding = ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"];
  await runCommand(inNamespace(netns, ["sysctl", "--quiet", "--write", ...forwarding]));
  await configure(netns, [
    ...serviceAddresses.map((address) => `address add ${address}/32 dev lo`),
    `address add ${labAddresses.internet6}/128 dev lo`,
  ]);
}

/**
 * Creates a machine's namespace and connects it to the internet of the run by a point-to-point link: no two machines share a wire.
 * @throws CommandError when a step fails; `deleteNamespace` cleans up what was made.
 */
export async function connectMachine(run: string, machine: MachineLink): Promise<void> {
  const { netns, link, address, address6, privateAddress } = machine;
  const internet = internetNamespace(run);
  await createNamespace(netns);
  await ip(internet, ["link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", netns]);
  await configure(internet, [
    `address add ${labAddresses.gateway}/32 dev ${link}`,
    `link set ${link} up`,
    `route add ${address}/32 dev ${link}`,
    ...(address6 === undefined
      ? []
      : [`address add ${gateway6}/64 dev ${link} nodad`, `route add ${address6}/128 dev ${link}`]),
  ]);
  await configure(netns, [
    `address add ${address}/32 dev eth0`,
    "link set eth0 up",
    `route add ${labAddresses.gateway}/32 dev eth0`,
    `route add ${labAddresses.metadata}/32 via ${labAddresses.gateway} dev eth0 src ${address}`,
    `route add default via ${labAddresses.gateway} dev eth0 src ${address}`,
    ...(address6 === undefined
      ? []
      : [`address add ${address6}/128 dev eth0 nodad`, `route add default via ${gateway6} dev eth0`]),
    ...(privateAddress === undefined ? [] : vpcDevice(privateAddress)),
  ]);
}

/** Takes a machine off the internet at once and deletes its namespace; nothing to do for what is gone already. */
export async function disconnectMachine(run: string, { netns, link }: MachineLink): Promise<void> {
  // A namespace's devices vanish some time after it; the next machine may get the same address before that.
  await ignoreMissing(["ip", "-netns", internetNamespace(run), "link", "delete", link]);
  await deleteNamespace(netns);
}

/** Deletes a named namespace and with it every device inside; nothing to do when it is gone already. */
export async function deleteNamespace(netns: string): Promise<void> {
  await ignoreMissing(["ip", "netns", "delete", netns]);
}

/** The VPC is a wire whose other end lies in the droplet's own namespace, without carrier: agents have one VPC each, so nobody else is on it. */
function vpcDevice(address: string): readonly string[] {
  return ["link add eth1 type veth peer name vpc", `address add ${address} dev eth1`, "link set eth1 up"];
}

async function ignoreMissing(argv: readonly string[]): Promise<void> {
  try {
    await runCommand(argv);
  } catch (error) {
    if (error instanceof CommandError && /no such file|cannot find device/i.test(error.stderr)) return;
    throw error;
  }
}

async function createNamespace(netns: string): Promise<void> {
  await runCommand(["ip", "netns", "add", netns]);
  await ip(netns, ["link", "set", "lo", "up"]);
}

async function ip(netns: string, args: readonly string[]): Promise<void> {
  await runCommand(["ip", "-netns", netns, ...args]);
}

/** Many settings in one `ip` process, which stops at the first that fails. */
async function configure(netns: string, lines: readonly string[]): Promise<void> {
  await runCommand(["ip", "-netns", netns, "-batch", "-"], { input: lines.map((line) => `${line}\n`).join("") });
}
