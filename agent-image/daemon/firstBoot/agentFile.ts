// SPDX-License-Identifier: Apache-2.0
import { open, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { syncFolder } from "../syncFolder.ts";
import type { UserData } from "./userData.ts";

/**
 * Writes what the daemon and the workload may know about their agent: the user-data without the auth key. The file is there whole or
 * not at all, and its being there means that first boot is done.
 *
 * @param path - Where; world-readable, in a folder that exists.
 */
export async function writeAgentFile(path: string, userData: UserData): Promise<void> {
  const { hostname, tag, controlUrl, runtime, providers } = userData;
  const text = `${JSON.stringify({ officeClaws: 1, hostname, tag, controlUrl, runtime, providers }, null, 2)}\n`;
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}`);
  try {
    const file = await open(temporary, "wx", 0o644);
    try {
      await file.chmod(0o644); // whatever the umask is
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
  await syncFolder(dirname(path));
}
