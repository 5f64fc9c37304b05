// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

/** How the image starts the daemon's Node. */
export interface DaemonStart {
  /** Options of Node. */
  readonly options: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Reads from the daemon's unit what changes how Node uses memory, so that what is measured is what is shipped. */
export async function readDaemonStart(): Promise<DaemonStart> {
  const unit = resolve(import.meta.dirname, "../agent-image/files/etc/systemd/system/clawsd.service");
  const text = await readFile(unit, "utf8");
  const [, options = ""] = /^ExecStart=\S+\/node (.*) \S+\/daemon\/main\.js$/m.exec(text) ?? [];
  const variables = [...text.matchAll(/^Environment=(MALLOC_\w+)=(\S+)$/gm)].map(([, name = "", value = ""]) => [
    name,
    value,
  ]);
  return { options: options.trim().split(" "), environment: Object.fromEntries(variables) as Record<string, string> };
}
