// SPDX-License-Identifier: Apache-2.0
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { canaryHunt, type HuntPlace } from "../../lab/hunt/canaryHunt.ts";
import type { Lab } from "../../lab/lab.ts";
import { type Canary, makeCanary } from "./canaries.ts";
import { hold } from "./demoFailure.ts";

/** Where to hunt, and for what. */
export interface Hunt {
  readonly lab: Lab;
  readonly canaries: readonly Canary[];
  /** Files outside the lab's folder: the log with everything that the commands printed. */
  readonly logs: readonly string[];
}

/** What a hunt found. */
export interface HuntOutcome {
  /** How much was searched, in words. */
  readonly places: string;
  /** One line a finding: which key, in which form, where. Never the key. */
  readonly findings: readonly string[];
}

/** File systems that a droplet keeps in memory: not on its disk, but readable there. */
const memoryFolders = ["run", "tmp", "dev/shm"];

/**
 * Looks for every key in every form in the lab's whole folder (Pulumi's state and event logs, the vault, the operator's
 * home, logs, both droplets' disks), in user-data, in the droplets' file systems in memory, in environment and arguments
 * of every process of this machine, and in the given logs.
 * @throws {DemoFailure} if a place could not be read, or a key that was laid out on purpose was missed
 */
export async function huntCanaries({ lab, canaries, logs }: Hunt): Promise<HuntOutcome> {
  const droplets = await lab.droplets();
  // A hunt that misses what was laid out for it would find nothing anywhere.
  const control = makeCanary("control", "openai", 0);
  const controlFiles = [join(lab.directory, "hunt-control"), ...droplets.flatMap(controlFilesOf)];
  const encoded = Buffer.from(`key: ${control.value}`).toString("base64");
  await Promise.all(controlFiles.map((file) => writeFile(file, encoded)));
  const { findings, sources, bytes, unreadable } = await canaryHunt(
    [...canaries, control],
    placesOf({ lab, logs }, droplets),
  );
  await Promise.all(controlFiles.map((file) => rm(file)));

  const controls = findings.filter(({ needleName }) => needleName === control.name).map(({ place }) => place);
  const missed = controlFiles.filter((file) => !controls.includes(file));
  hold(missed.length === 0, `the hunt did not find the key that was laid out in ${missed.join(", ")}`);
  // The machine's own init was there before any key, and some sandboxes hide it even from root.
  const unread = unreadable.filter((place) => !place.startsWith("/proc/1/"));
  hold(unread.length === 0, `the hunt could not read everything:\n${unread.join("\n")}`);
  const found = findings.filter(({ needleName }) => needleName !== control.name);
  return {
    places: `${sources} files, texts and processes (${(bytes / 1e6).toFixed(0)} MB)`,
    findings: found.map(({ needleName, form, place, offset }) => `${needleName} (${form}) in ${place} at ${offset}`),
  };
}

type Droplet = Awaited<ReturnType<Lab["droplets"]>>[number];

/** One file on the droplet's disk and one in its memory. */
function controlFilesOf({ root, leaderPid }: Droplet): string[] {
  hold(leaderPid !== null, "the hunt needs droplets that run: their memory is a place to look");
  return [join(root, "var/tmp/hunt-control"), `/proc/${leaderPid}/root/run/hunt-control`];
}

function placesOf({ lab, logs }: Pick<Hunt, "lab" | "logs">, droplets: readonly Droplet[]): readonly HuntPlace[] {
  const inMemory = droplets.flatMap(({ leaderPid }) =>
    memoryFolders.map((folder) => `/proc/${leaderPid ?? 0}/root/${folder}`),
  );
  return [
    { kind: "processes" },
    ...[lab.directory, ...logs, ...inMemory].map((path) => ({ kind: "path", path }) as const),
    ...droplets.map(
      ({ name, userData }) => ({ kind: "text", name: `user-data of ${name}`, text: userData ?? "" }) as const,
    ),
  ];
}
