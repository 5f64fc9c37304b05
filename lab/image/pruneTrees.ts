// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { removeTree } from "./builtTree.ts";

/**
 * Removes root file systems, and bases, but for the `keep` most recently used of each. One that any process has mounted stays: a droplet
 * may run over it.
 */
export async function pruneTrees(folder: string, keep: number): Promise<void> {
  const names = await readdir(folder);
  const mounted = await readMounts();
  for (const kind of [/^[0-9a-f]{24}$/, /^base-[0-9a-f]{24}$/]) {
    const paths = names.filter((name) => kind.test(name)).map((name) => join(folder, name));
    const dated = await Promise.all(paths.map(async (path) => ({ path, used: (await stat(path)).mtimeMs })));
    const old = dated.sort((a, b) => b.used - a.used).slice(keep);
    for (const { path } of old) {
      // Another run may have removed it meanwhile.
      if (!mounted.includes(path)) await removeTree(path).catch(() => undefined);
    }
  }
}

/** The mount tables of all processes: each mount namespace has one of its own. */
async function readMounts(): Promise<string> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const tables = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/mountinfo`, "utf8").catch(() => "")));
  return [...new Set(tables)].join("\n");
}
