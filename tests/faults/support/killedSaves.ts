// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync, watch } from "node:fs";
import { dirname, join } from "node:path";

/** A process that saved over and over until it was killed. */
export interface KilledSaver {
  /** Rounds that it said were saved. */
  readonly saved: number;
  /** The file's digest after the last of them. */
  readonly digest: string;
  /** Milliseconds from one save to the next, when there were two. */
  readonly pace: number | undefined;
}

/** When to kill: so long after the first save, or so long after the next save has begun to write. */
export interface KillMoment {
  readonly after: "save" | "begin";
  readonly milliseconds: number;
}

const saver = join(import.meta.dirname, "..", "..", "support", "vaultSaver.ts");

/** Runs the saver on the vault and kills it with SIGKILL at that moment. */
export async function killSaver(
  path: string,
  environment: Readonly<Record<string, string>>,
  moment: KillMoment,
): Promise<KilledSaver> {
  const child = spawn(process.execPath, ["--no-warnings", saver, path], {
    env: environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const times: number[] = [];
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    times.push(performance.now());
  });
  await once(child.stdout, "data");
  if (moment.after === "begin") await nextTemporary(dirname(path));
  const until = performance.now() + moment.milliseconds;
  // Timers are too coarse. The saver's lines wait in the pipe meanwhile.
  while (performance.now() < until);
  child.kill("SIGKILL");
  await once(child, "close");
  const lines = said.trimEnd().split("\n");
  const [round = "", digest = ""] = lines.at(-1)?.split(" ") ?? [];
  const [first, second] = times;
  return { saved: Number(round) + 1, digest, pace: first && second ? second - first : undefined };
}

/** The digest of what the file holds now. */
export function digestOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function nextTemporary(folder: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const watcher = watch(folder, (_, name) => {
      if (name === null || !/^\.vault\.age\.[0-9a-f]{12}\.tmp$/.test(name)) return;
      watcher.close();
      resolve();
    });
  });
}
