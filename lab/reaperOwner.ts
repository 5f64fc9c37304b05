// SPDX-License-Identifier: Apache-2.0
import { mkdir, open, readdir, readFile, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { isRunning, readProcessState } from "./droplet/procfs.ts";

/** Who started a lab, written into the lab's folder before anything else is made. */
export interface Owner {
  readonly pid: number;
  /** With it, the number cannot be mistaken for a later process. */
  readonly startTime: string;
  /** Of the machine's kernel: after a restart of the machine every owner is dead. */
  readonly bootId: string;
  /** PID namespace, in which the number means something. */
  readonly pidNamespace: string;
}

/** A lab that was started on this machine or in this cache. */
export interface KnownLab {
  readonly run: string;
  readonly directory: string;
}

/** Labs of this machine whatever their cache: a symbolic link to its folder for each run. */
const machineRegistry = "/run/claws-lab";
const ownerFile = (directory: string): string => path.join(directory, "owner.json");
const runPattern = /^[0-9a-f]{6}$/;

/** This process as the owner of labs. */
export async function thisOwner(): Promise<Owner> {
  const state = await readProcessState(process.pid);
  if (state === null) throw new Error("cannot start a lab: /proc does not show this process");
  const bootId = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  return { pid: state.pid, startTime: state.startTime, bootId, pidNamespace: await readlink("/proc/self/ns/pid") };
}

/** Creates the lab's folder (mode 0700) with its owner in it and registers the run. To be called under the machine's lock. */
export async function registerLab(lab: KnownLab, registry = machineRegistry): Promise<void> {
  await mkdir(lab.directory, { recursive: true, mode: 0o700 });
  await writeWhole(ownerFile(lab.directory), JSON.stringify(await thisOwner()));
  await mkdir(registry, { recursive: true, mode: 0o700 });
  await symlink(lab.directory, path.join(registry, lab.run));
}

/** Forgets a run whose traces are all gone. */
export async function unregisterLab({ run }: KnownLab, registry = machineRegistry): Promise<void> {
  await rm(path.join(registry, run), { force: true });
}

/** Every registered run of this machine, and every lab folder of the cache. */
export async function listLabs(labsFolder: string, registry = machineRegistry): Promise<readonly KnownLab[]> {
  const readLink = async (run: string): Promise<KnownLab> => ({
    run,
    directory: await readlink(path.join(registry, run)),
  });
  const registered = await Promise.all((await runsIn(registry)).map(readLink));
  const inCache = (await runsIn(labsFolder)).map((run) => ({ run, directory: path.join(labsFolder, run) }));
  return [...new Map([...inCache, ...registered].map((lab) => [lab.run, lab])).values()];
}

/** Whether a lab's owner may still be there. One that this machine cannot see (a cache shared between containers) counts as alive. */
export async function hasLivingOwner({ directory }: KnownLab): Promise<boolean> {
  const owner = await readOwner(directory);
  if (owner === null) return false;
  const here = await thisOwner();
  if (owner.bootId !== here.bootId) return false;
  return owner.pidNamespace !== here.pidNamespace || isRunning(owner);
}

async function writeWhole(file: string, text: string): Promise<void> {
  const unfinished = `${file}.new`;
  await writeFile(unfinished, text, { mode: 0o600, flush: true });
  await rename(unfinished, file);
  const folder = await open(path.dirname(file));
  await folder.sync();
  await folder.close();
}

async function runsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => runPattern.test(name));
}

/** null: no such file, which is written before the lab is registered and removed with its folder. */
async function readOwner(directory: string): Promise<Owner | null> {
  const text = await readFile(ownerFile(directory), "utf8").catch(() => null);
  if (text === null) return null;
  try {
    return parseOwner(text);
  } catch (cause) {
    throw new Error(`cannot tell whether the lab in "${directory}" is alive: remove that folder if it is not`, {
      cause,
    });
  }
}

/**
 * Parses an owner file.
 * @throws when it is not one: then nobody may conclude that the lab is dead.
 */
export function parseOwner(text: string): Owner {
  const value: unknown = JSON.parse(text);
  if (typeof value === "object" && value !== null && "pid" in value && "startTime" in value) {
    const { pid, startTime } = value;
    const bootId = "bootId" in value ? value.bootId : null;
    const pidNamespace = "pidNamespace" in value ? value.pidNamespace : null;
    if (
      typeof pid === "number" &&
      typeof startTime === "string" &&
      typeof bootId === "string" &&
      typeof pidNamespace === "string"
    ) {
      return { pid, startTime, bootId, pidNamespace };
    }
  }
  throw new Error("cannot read the owner of a lab: a member is missing or of the wrong type");
}
