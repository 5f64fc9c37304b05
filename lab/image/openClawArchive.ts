// SPDX-License-Identifier: Apache-2.0
import { mkdir, utimes } from "node:fs/promises";
import { join } from "node:path";
import { buildTree } from "./builtTree.ts";
import { runProgram } from "./programRun.ts";
import { pruneTrees } from "./pruneTrees.ts";

/** Where the archive comes from and where it is kept. */
export interface ArchiveOptions {
  /** The lab's cache; archives lie in its folder `openclaw`. */
  readonly cache: string;
  /** Root of the repository whose lock file says what is in it. */
  readonly repository: string;
  readonly onProgress: (line: string) => void;
}

/** How many archives stay in the cache, the most recently used. */
const keep = 2;

/**
 * Makes the archive of OpenClaw with the image's own program, or finds it in the cache by the digest of its lock file. Needs an npm
 * registry when it is not there. Any number may run at once; a run that is killed leaves nothing that a later one takes for finished.
 *
 * @returns the path of the archive
 * @throws Error with the last lines of what failed.
 */
export async function ensureOpenClawArchive({ cache, repository, onProgress }: ArchiveOptions): Promise<string> {
  const folder = join(cache, "openclaw");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const maker = [process.execPath, join(repository, "agent-image/openClawArchive.ts"), "--repository", repository];
  const env = process.env;
  const directory = join(folder, (await runProgram(maker, { env })).trim().slice(0, 24));
  await buildTree(directory, { name: "archive of OpenClaw (npm, about a minute)", onProgress }, async (temporary) => {
    const built = join(temporary, "built");
    await mkdir(built);
    await runProgram([...maker, "--out", join(built, "openclaw.tar.gz")], { env });
    return built;
  });
  const now = new Date();
  await utimes(directory, now, now);
  await pruneTrees(folder, keep);
  return join(directory, "openclaw.tar.gz");
}
