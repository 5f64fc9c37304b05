// SPDX-License-Identifier: Apache-2.0
import { appendFile, cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { repositoryRoot } from "../../support/sourceTree.ts";

/**
 * Copies the program into the folder and plants faults in it: code that runs in the real process when it gets a signal. Gives the path
 * of its main module.
 */
export async function plantFaults(
  folder: string,
  faults: Readonly<Partial<Record<NodeJS.Signals, string>>>,
): Promise<string> {
  for (const layer of ["agent-image", "broker", "protocol"])
    await cp(join(repositoryRoot, layer), join(folder, layer), { recursive: true });
  await writeFile(join(folder, "package.json"), '{"type":"module"}');
  const handlers = Object.entries(faults).map(([signal, code]) => `process.on("${signal}", () => { ${code} });\n`);
  // Any module that the program loads will do.
  await appendFile(join(folder, "agent-image/daemon/errorText.ts"), handlers.join(""));
  return join(folder, "agent-image/daemon/main.ts");
}
