// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * A folder for each test, which the next one removes, or the end of the file; call it once per test file, inside describe or
 * at the top. Hooks run in the order in which they are written: what a later `afterEach` ends may still write here.
 */
export function scratchFolder(): () => string {
  let folder: string | undefined;
  const remove = async (): Promise<void> => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  };
  beforeEach(async () => {
    await remove();
    folder = await mkdtemp(join(tmpdir(), "office-claws-test-"));
  });
  afterAll(remove);
  return () => folder ?? "";
}

/** Writes an executable shell script and returns its path. */
export async function writeScript(path: string, ...lines: readonly string[]): Promise<string> {
  await writeFile(path, ["#!/bin/sh", ...lines, ""].join("\n"), { mode: 0o755 });
  return path;
}

/** The CLI's cache for all tests of a file: the first one fills it. Call it once per test file. */
export function cacheFolder(): () => string {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "office-claws-cache-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return () => folder;
}
