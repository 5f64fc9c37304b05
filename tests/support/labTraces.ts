// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";

/** Everything on this machine that carries the run's ID, found without any code of the lab; empty when nothing is left. */
export function labTraces(run: string): readonly string[] {
  const named = (folder: string): readonly string[] =>
    (existsSync(folder) ? readdirSync(folder) : [])
      .filter((name) => name.includes(run))
      .map((name) => `${folder}/${name}`);
  const mounts = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .filter((line) => line.includes(run));
  const groups = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .filter((line) => /^\S+ \S+ cgroup2? /.test(line))
    .flatMap((line) => named(line.split(" ")[1] ?? ""));
  const folders = ["/run/netns", "/run/claws-lab", "/run/systemd/nspawn/propagate"].flatMap(named);
  return [...processesOf(run), ...mounts, ...groups, ...folders];
}

/** Runs in a folder of labs, by default the machine's registry, that the process started: other labs may run beside them. */
export function labRunsOf(pid: number, folder = "/run/claws-lab"): readonly string[] {
  return (existsSync(folder) ? readdirSync(folder) : []).filter((run) => {
    const owner = read(`${folder}/${run}/owner.json`);
    return owner !== "" && (JSON.parse(owner) as { pid: unknown }).pid === pid;
  });
}

/** Processes that carry the run in their environment or arguments, or live in one of its network namespaces. */
function processesOf(run: string): readonly string[] {
  const namespaces = (existsSync("/run/netns") ? readdirSync("/run/netns") : []).filter((name) => name.includes(run));
  const inodes = namespaces.map((name) => statSync(`/run/netns/${name}`).ino);
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      const text = `${read(`/proc/${pid}/environ`)} ${read(`/proc/${pid}/cmdline`)}`;
      return text.includes(run) || inodes.some((inode) => networkOf(pid) === `net:[${inode}]`);
    })
    .map((pid) => `process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll("\0", " ")}`);
}

function networkOf(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return "";
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
