// SPDX-License-Identifier: Apache-2.0
import { mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { randomUUID } from "node:crypto";
import type { Program, ProgramName } from "./programs.ts";
import type { Progress } from "./progress.ts";
import { findOnPath } from "./searchPath.ts";

const keptMarks = 64;

/** A program found on PATH. */
export interface PathProgram {
  readonly path: string;
  readonly version: string;
}

/**
 * Looks for programs of a fitting version on PATH; others are skipped with a notice.
 *
 * @param memory file that remembers the versions of executables already asked, because asking five takes a second.
 */
export async function findPathPrograms(
  wanted: readonly Program[],
  path: string | undefined,
  memory: string,
  progress: Progress,
): Promise<ReadonlyMap<ProgramName, PathProgram>> {
  const known = await readMemory(memory);
  const remembered = new Map<string, string>();
  const found = new Map<ProgramName, PathProgram>();
  for (const program of wanted) {
    for (const file of findOnPath(program.name, path)) {
      const mark = await fileMark(file);
      const version = known.get(mark) ?? (await program.probe(file)) ?? "";
      remembered.set(mark, version);
      if (program.accepts(version)) {
        found.set(program.name, { path: file, version });
        break;
      }
      progress.step(`skipping ${file}: its version is ${version || "unknown"}, wanted ${program.wanted}`);
    }
  }
  if ([...remembered].some(([mark, version]) => known.get(mark) !== version)) {
    await writeMemory(memory, new Map([...known, ...remembered].slice(-keptMarks)));
  }
  return dropUnpaired(wanted, found, progress);
}

function dropUnpaired(
  wanted: readonly Program[],
  found: ReadonlyMap<ProgramName, PathProgram>,
  progress: Progress,
): ReadonlyMap<ProgramName, PathProgram> {
  const kept = new Map(found);
  for (const { name, pairedWith } of wanted) {
    const own = found.get(name);
    if (own === undefined || pairedWith === undefined || found.get(pairedWith)?.version === own.version) continue;
    progress.step(`skipping ${own.path}: there is no ${pairedWith} of the same version on PATH`);
    kept.delete(name);
  }
  return kept;
}

/** Changes whenever the file does. */
async function fileMark(file: string): Promise<string> {
  const { size, mtimeMs, ctimeMs, ino } = await stat(file);
  return [file, size, mtimeMs, ctimeMs, ino].join("|");
}

async function readMemory(file: string): Promise<ReadonlyMap<string, string>> {
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    const entries = Object.entries(typeof value === "object" && value !== null ? value : {});
    return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
  } catch {
    return new Map();
  }
}

async function writeMemory(file: string, versions: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.${randomUUID()}`;
  try {
    const handle = await open(temporary, "wx", 0o644);
    try {
      await handle.writeFile(JSON.stringify(Object.fromEntries(versions)));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } finally {
    await rm(temporary, { force: true });
  }
}
