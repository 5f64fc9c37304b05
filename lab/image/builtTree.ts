// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** How the building of a tree is told. */
export interface TreeTelling {
  readonly name: string;
  readonly onProgress: (line: string) => void;
}

/**
 * Makes sure that the folder `directory` is there, built whole. `build` gets an empty folder for itself and gives the path in it that
 * becomes `directory`. When two build at once, the first one done wins, and both use that.
 */
export async function buildTree(
  directory: string,
  { name, onProgress }: TreeTelling,
  build: (temporary: string) => Promise<string>,
): Promise<void> {
  if (await exists(directory)) return;
  await removeAbandoned(dirname(directory));
  const start = performance.now();
  onProgress(`building the ${name}`);
  const owner = `${process.pid}-${await startTime(process.pid)}`;
  const temporary = await mkdtemp(join(dirname(directory), `.tmp-${owner}-`));
  try {
    const built = await build(temporary);
    await rename(built, directory).catch(async (error: unknown) => {
      if (!(await exists(directory))) throw error;
    });
  } finally {
    await removeTree(temporary);
  }
  onProgress(`built the ${name} in ${((performance.now() - start) / 1000).toFixed(1)} s: ${basename(directory)}`);
}

/** Removes a tree so that a half-removed one is never taken for whole: it first gets a name that nobody looks for. */
export async function removeTree(path: string): Promise<void> {
  if (!basename(path).startsWith(".")) {
    const owner = `${process.pid}-${await startTime(process.pid)}`;
    const away = join(await mkdtemp(join(dirname(path), `.tmp-${owner}-`)), "old");
    await rename(path, away);
    await removeTree(dirname(away));
    return;
  }
  await rm(path, { recursive: true, force: true });
}

/** Removes what processes that are gone left unfinished. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, pid, started] = /^\.tmp-(\d+)-(\d+)-/.exec(name) ?? [];
    if (pid === undefined || (await startTime(Number(pid))) === started) continue;
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** When the process started, in clock ticks since boot: with its number, a name that is not used twice. "0" if it is gone. */
async function startTime(pid: number): Promise<string> {
  const line = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // The second field, in parentheses, may hold anything.
  return line.slice(line.lastIndexOf(")") + 2).split(" ")[19] ?? "0";
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
