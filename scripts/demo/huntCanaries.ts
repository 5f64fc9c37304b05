// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { canaryHunt, type HuntPlace } from "../../lab/hunt/canaryHunt.ts";
import { childrenOf } from "../../lab/droplet/procfs.ts";
import type { Lab } from "../../lab/lab.ts";
import { type Canary, makeCanary } from "./canaries.ts";
import { hold } from "./demoFailure.ts";
import { listLabProcesses, type LabProcesses } from "./labProcesses.ts";

/** Where to hunt, and for what. */
export interface Hunt {
  readonly lab: Lab;
  readonly canaries: readonly Canary[];
  /** Files outside the lab's folder: the log with everything that the commands printed. */
  readonly logs: readonly string[];
  /** Whether all keys were pushed sealed: then they are hunted in the memory of both ends' tailscaled, too. @default false */
  readonly isSealed?: boolean;
}

/** What a hunt found. */
export interface HuntOutcome {
  /** How much was searched, in words. */
  readonly places: string;
  /** One line a finding: which key, in which form, where. Never the key. */
  readonly findings: readonly string[];
  /** How often the keys were found, in any form, in the memory of the daemons. There they belong while they are held, so it is no finding. */
  readonly copiesInDaemons: number;
}

/** File systems that a droplet keeps in memory: not on its disk, but readable there. */
const memoryFolders = ["run", "tmp", "dev/shm"];

/**
 * Looks for every key in every form in the lab's whole folder (Pulumi's state and event logs, the vault, the operator's
 * home, logs, both droplets' disks), in user-data, in the droplets' file systems in memory, in environment and arguments
 * of every process of this machine, in the memory of the lab's processes but those that `LabProcesses` gives a reason for,
 * and in the given logs.
 * @throws {DemoFailure} if a place could not be read, or a key that was laid out on purpose was missed
 */
export async function huntCanaries({ lab, canaries, logs, isSealed = false }: Hunt): Promise<HuntOutcome> {
  const droplets = await lab.droplets();
  // A hunt that misses what was laid out for it would find nothing anywhere.
  const control = makeCanary("control", "openai", 0);
  const laidOut = await layOut(lab, control, droplets);
  const processes = await listLabProcesses(lab.id);
  const { findings, sources, bytes, unreadable } = await canaryHunt(
    [...canaries, control],
    placesOf({ lab, logs, isSealed }, droplets, processes),
  ).finally(() => laidOut.remove());
  const inDaemons = await canaryHunt(canaries, [{ kind: "processes", pids: processes.daemons, memory: true }]);

  const controls = findings.filter(({ needleName }) => needleName === control.name).map(({ place }) => place);
  const missed = laidOut.places.filter((file) => !controls.includes(file));
  hold(missed.length === 0, `the hunt did not find the key that was laid out in ${missed.join(", ")}`);
  // The machine's own init was there before any key, and some sandboxes hide it even from root.
  const unread = [...unreadable, ...inDaemons.unreadable].filter((place) => !place.startsWith("/proc/1/"));
  hold(unread.length === 0, `the hunt could not read everything:\n${unread.join("\n")}`);
  const found = findings.filter(({ needleName }) => needleName !== control.name);
  return {
    places: `${sources} files, texts and processes (${(bytes / 1e6).toFixed(0)} MB)`,
    findings: found.map(({ needleName, form, place, offset }) => `${needleName} (${form}) in ${place} at ${offset}`),
    copiesInDaemons: inDaemons.findings.length,
  };
}

/** Writes the control key to files and into the memory of a process of each droplet. */
async function layOut(lab: Lab, control: Canary, droplets: readonly Droplet[]) {
  const files = [join(lab.directory, "hunt-control"), ...droplets.flatMap(controlFilesOf)];
  const encoded = Buffer.from(`key: ${control.value}`).toString("base64");
  await Promise.all(files.map((file) => writeFile(file, encoded)));
  const holders = await Promise.all(droplets.map(({ name }) => holdInMemory(lab, name, control)));
  const remove = async (): Promise<void> => {
    await Promise.all(holders.map((holder) => holder.end()));
    await Promise.all(files.map((file) => rm(file)));
  };
  return { places: [...files, ...holders.map(({ place }) => place)], remove };
}

/** Starts a program inside that reads the key from its input and keeps it, as the daemon does. */
async function holdInMemory(lab: Lab, name: string, { value }: Canary) {
  const script = 'process.stdin.once("data", (key) => { globalThis.kept = key; console.log("kept"); });';
  const [program = "", ...words] = await lab.inside(name, ["/opt/office-claws/bin/node", "-e", script]);
  const child = spawn(program, words, {
    env: { PATH: process.env["PATH"] ?? "" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.write(value);
  await once(child.stdout, "data");
  // nsenter waits for what it started inside, and that is what holds the key.
  const [inside] = await childrenOf(child.pid ?? 0);
  const end = async (): Promise<void> => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, "exit");
  };
  return { place: `/proc/${inside?.pid ?? 0}/mem`, end };
}

type Droplet = Awaited<ReturnType<Lab["droplets"]>>[number];

/** One file on the droplet's disk and one in its memory. */
function controlFilesOf({ root, leaderPid }: Droplet): string[] {
  hold(leaderPid !== null, "the hunt needs droplets that run: their memory is a place to look");
  return [join(root, "var/tmp/hunt-control"), `/proc/${leaderPid}/root/run/hunt-control`];
}

function placesOf(
  { lab, logs, isSealed }: Pick<Hunt, "lab" | "logs" | "isSealed">,
  droplets: readonly Droplet[],
  { searched, carriers }: LabProcesses,
): readonly HuntPlace[] {
  const inMemory = droplets.flatMap(({ leaderPid }) =>
    memoryFolders.map((folder) => `/proc/${leaderPid ?? 0}/root/${folder}`),
  );
  return [
    { kind: "processes" },
    { kind: "processes", pids: isSealed === true ? [...searched, ...carriers] : searched, memory: true },
    ...[lab.directory, ...logs, ...inMemory].map((path) => ({ kind: "path", path }) as const),
    ...droplets.map(
      ({ name, userData }) => ({ kind: "text", name: `user-data of ${name}`, text: userData ?? "" }) as const,
    ),
  ];
}
