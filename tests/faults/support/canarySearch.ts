// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { renderForms } from "../../../lab/hunt/needleForms.ts";

/** Names of the texts that hold the secret in any form that is looked for. */
export function holdersOf(value: string, texts: Readonly<Record<string, string | Buffer>>): readonly string[] {
  const patterns = renderForms({ name: "canary", value });
  return Object.entries(texts)
    .filter(([, text]) => patterns.some(({ bytes }) => Buffer.from(text).includes(bytes)))
    .map(([name]) => name);
}

/** Everything that is on a disk below the folder, by path; sockets and the like hold nothing. */
export async function filesBelow(folder: string): Promise<Readonly<Record<string, Buffer>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(await Promise.all(files.map(async (path) => [path, await readFile(path)] as const)));
}

/** The environment and the command line of every process that can be read, by path. */
export async function processTexts(): Promise<Readonly<Record<string, Buffer>>> {
  const processes = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const paths = processes.flatMap((id) => [`/proc/${id}/environ`, `/proc/${id}/cmdline`]);
  const texts = paths.map(async (path) => [path, await readFile(path).catch(() => Buffer.alloc(0))] as const);
  return Object.fromEntries(await Promise.all(texts));
}
