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
 */
export async function huntCanaries({ lab, canaries, logs }: Hunt): Promise<HuntOutcome> {
  // A hunt that misses what was laid out for it would find nothing anywhere.
  const control = makeCanary("control", "openai", 0);
  const controlFile = join(lab.directory, "hunt-control");
  await writeFile(controlFile, Buffer.from(`key: ${control.value}`).toString("base64"));
  const { findings, sources, bytes } = await canaryHunt([...canaries, control], await placesOf({ lab, logs }));
  await rm(controlFile);

  const isControl = ({ needleName, place }: { needleName: string; place: string }) =>
    needleName === control.name && place === controlFile;
  hold(findings.some(isControl), "the hunt did not find the key that was laid out for it");
  const found = findings.filter((finding) => !isControl(finding));
  return {
    places: `${sources} files, texts and processes (${(bytes / 1e6).toFixed(0)} MB)`,
    findings: found.map(({ needleName, form, place, offset }) => `${needleName} (${form}) in ${place} at ${offset}`),
  };
}

async function placesOf({ lab, logs }: Pick<Hunt, "lab" | "logs">): Promise<readonly HuntPlace[]> {
  const droplets = await lab.droplets();
  return [
    { kind: "path", path: lab.directory },
    { kind: "processes" },
    ...logs.map((path) => ({ kind: "path", path }) as const),
    ...droplets.map(
      ({ name, userData }) => ({ kind: "text", name: `user-data of ${name}`, text: userData ?? "" }) as const,
    ),
    ...droplets.flatMap(({ leaderPid }) =>
      leaderPid === null
        ? []
        : memoryFolders.map((folder) => ({ kind: "path", path: `/proc/${leaderPid}/root/${folder}` }) as const),
    ),
  ];
}
