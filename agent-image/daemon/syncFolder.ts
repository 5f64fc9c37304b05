// SPDX-License-Identifier: Apache-2.0
import { open } from "node:fs/promises";

/** Makes the names in a folder last through a power cut: a file that is made or renamed there is on the disk only then. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
