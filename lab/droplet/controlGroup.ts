// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, readFile, rmdir } from "node:fs/promises";
import path from "node:path";
import { errorCode } from "../network/errorCode.ts";
import type { Mount } from "./mountTable.ts";
import { readMountTable } from "./mountTable.ts";

/**
 * The hierarchies in which systemd keeps its groups: the unified one, and where a host still mixes both versions, the named one of version 1 too. Two
 * machines whose nspawn starts in the same group would share one `payload` group there, so each machine gets a group of its own in all of them.
 */
export function systemdHierarchies(mounts: readonly Mount[]): readonly string[] {
  const isSystemd = ({ type, options }: Mount): boolean =>
    type === "cgroup2" || (type === "cgroup" && options.includes("name=systemd"));
  return [...new Set(mounts.filter(isSystemd).map(({ target }) => target))];
}

/** Creates the machine's group in each hierarchy and returns the folders. */
export async function createControlGroups(name: string): Promise<readonly string[]> {
  const folders = await controlGroups(name);
  await Promise.all(folders.map((folder) => mkdir(folder, { recursive: true })));
  return folders;
}

/** Removes the machine's groups; those with a living process stay. Returns whether all are gone. */
export async function removeControlGroups(name: string): Promise<boolean> {
  const results = await Promise.all((await controlGroups(name)).map(removeTree));
  return results.every(Boolean);
}

/** Processes in the machine's groups, also those that left its PID namespace behind. */
export async function processesInControlGroups(name: string): Promise<readonly number[]> {
  const lists = await Promise.all((await controlGroups(name)).map(processesBelow));
  return [...new Set(lists.flat())];
}

/** Names of the groups of a run that exist. */
export async function controlGroupNames(prefix: string): Promise<readonly string[]> {
  const lists = await Promise.all(systemdHierarchies(await readMountTable()).map((root) => readdir(root)));
  return [...new Set(lists.flat().filter((name) => name.startsWith(prefix)))];
}

async function controlGroups(name: string): Promise<readonly string[]> {
  return systemdHierarchies(await readMountTable()).map((root) => path.join(root, name));
}

async function processesBelow(folder: string): Promise<readonly number[]> {
  const own = await readFile(path.join(folder, "cgroup.procs"), "utf8").catch(() => "");
  const below = await Promise.all((await subfolders(folder)).map(processesBelow));
  return [...own.split("\n").filter(Boolean).map(Number), ...below.flat()];
}

/** A group's folder has files that cannot be deleted: only its subgroups and then itself can be removed. */
async function removeTree(folder: string): Promise<boolean> {
  for (const child of await subfolders(folder)) await removeTree(child);
  try {
    await rmdir(folder);
  } catch (error) {
    return errorCode(error) === "ENOENT";
  }
  return true;
}

async function subfolders(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => path.join(folder, entry.name));
}
