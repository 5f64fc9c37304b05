// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes OpenClaw's configuration into the agent's home, whole or not at all: folder 0700, file 0600, as its own audit wants it.
 *
 * @returns the folder in which the agent works
 */
export async function writeOpenClawFiles(home: string, configure: (workspace: string) => object): Promise<string> {
  const folder = join(home, ".openclaw");
  const workspace = join(home, "workspace");
  for (const path of [folder, workspace]) {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await chmod(path, 0o700);
  }
  const file = join(folder, "openclaw.json");
  const temporary = `${file}.new`;
  await rm(temporary, { force: true });
  await writeFile(temporary, `${JSON.stringify(configure(workspace), null, 2)}\n`, { mode: 0o600, flag: "wx" });
  await rename(temporary, file);
  return workspace;
}
