// SPDX-License-Identifier: Apache-2.0
import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { controlGroupNames, processesInControlGroups, removeControlGroups } from "./droplet/controlGroup.ts";
import { unmountBelow } from "./droplet/disk.ts";
import type { ProcessState } from "./droplet/procfs.ts";
import { environmentOf, listProcesses, networkNamespaceOf, readProcessState, signalProcess } from "./droplet/procfs.ts";
import { deleteNamespace, namespaceInode } from "./network/namespaces.ts";
import { withMachineLock } from "./reaperLock.ts";
import type { KnownLab } from "./reaperOwner.ts";
import { hasLivingOwner, listLabs, registerLab, unregisterLab } from "./reaperOwner.ts";

/** The environment variable that every process of a lab carries, with the run as its value. */
export const runVariable = "CLAWS_LAB_RUN";

/** Milliseconds. */
const lookAgain = 20;
const patience = 15_000;

/**
 * Removes what dead labs left on this machine and registers a new one, with no moment in between for another start. Labs whose owner lives are not touched.
 * @throws when something of a dead lab cannot be removed.
 */
export async function claimRun(lab: KnownLab): Promise<void> {
  await withMachineLock("claws-lab", async () => {
    await reapDeadLabs(path.dirname(lab.directory));
    await registerLab(lab);
  });
}

/** Removes everything of every lab whose owner is gone. To be called under the machine's lock. */
export async function reapDeadLabs(labsFolder: string): Promise<readonly KnownLab[]> {
  const dead: KnownLab[] = [];
  for (const lab of await listLabs(labsFolder)) {
    if (await hasLivingOwner(lab)) continue;
    await removeLab(lab);
    dead.push(lab);
  }
  return dead;
}

/**
 * Removes everything of one lab and, last, its registration, so that a removal that is cut short is finished by the next start.
 * @throws when a process cannot be killed.
 */
export async function removeLab(lab: KnownLab): Promise<void> {
  await sweepLab(lab);
  await unregisterLab(lab);
}

/**
 * Removes processes, mounts, namespaces, control groups and the folder of a lab that stays registered.
 * @throws when a process cannot be killed.
 */
export async function sweepLab(lab: KnownLab): Promise<void> {
  const prefix = `claws-${lab.run}-`;
  await killProcesses(lab.run, prefix);
  await unmountBelow(lab.directory);
  for (const netns of await namesIn("/run/netns", prefix)) await deleteNamespace(netns);
  for (const group of await controlGroupNames(prefix)) await removeControlGroups(group);
  const propagation = "/run/systemd/nspawn/propagate";
  for (const name of await namesIn(propagation, prefix)) await rm(path.join(propagation, name), { recursive: true });
  await rm(lab.directory, { recursive: true, force: true });
}

/** Kills until none is left: a process may start another between the look and the shot. */
async function killProcesses(run: string, prefix: string): Promise<void> {
  const deadline = performance.now() + patience;
  for (;;) {
    const targets = await findProcesses(run, prefix);
    if (targets.length === 0) return;
    if (performance.now() > deadline) {
      throw new Error(
        `cannot remove the lab "${run}": process ${targets.map(({ pid }) => pid).join(", ")} does not die`,
      );
    }
    for (const target of targets) await signalProcess(target, "SIGKILL");
    await sleep(lookAgain);
  }
}

/** Numbers of all living processes of a run as this host counts, those inside of its droplets included; never of the caller or who started it. */
export async function listRunProcesses(run: string): Promise<readonly number[]> {
  return (await findProcesses(run, `claws-${run}-`)).map(({ pid }) => pid);
}

/** Living processes that carry the run in their environment, sit in one of its namespaces or in one of its control groups. */
async function findProcesses(run: string, prefix: string): Promise<readonly ProcessState[]> {
  const groups = await Promise.all((await controlGroupNames(prefix)).map(processesInControlGroups));
  const inGroups = new Set(groups.flat());
  const inodes = new Set(await Promise.all((await namesIn("/run/netns", prefix)).map(namespaceInode)));
  const spared = await ownLine();
  const states = await Promise.all(
    (await listProcesses()).map(async (pid) => {
      // The state first: the number cannot have been given to another process while the rest was looked at, or the later signal misses.
      const state = await readProcessState(pid);
      if (state === null || state.state === "Z" || spared.has(pid)) return null;
      const network = await networkNamespaceOf(pid);
      const isMember = inGroups.has(pid) || (network !== null && inodes.has(network));
      return isMember || (await environmentOf(pid)).includes(`${runVariable}=${run}`) ? state : null;
    }),
  );
  return states.filter((state) => state !== null);
}

/** This process and those it descends from. */
async function ownLine(): Promise<ReadonlySet<number>> {
  const line = new Set<number>();
  for (let pid = process.pid; pid > 0 && !line.has(pid); pid = (await readProcessState(pid))?.parent ?? 0)
    line.add(pid);
  return line;
}

async function namesIn(folder: string, prefix: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.startsWith(prefix));
}
