// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

const program = join(import.meta.dirname, "..", "..", "cli", "bin.cjs");

/** A folder with a program named claws, to be put first on the PATH. */
export async function makeClawsProgram(folder: string): Promise<string> {
  const bin = join(folder, "bin");
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, "claws"), `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  await chmod(join(bin, "claws"), 0o755);
  return bin;
}

/** Whether this machine has a shell, wherever it came from. */
export function hasShell(name: string): boolean {
  return spawnSync(name, ["-c", "exit 0"], { stdio: "ignore" }).status === 0;
}

/** Runs a shell with a script and words of its own. @throws when it says anything on stderr or fails */
export function runShell(
  [file = "", ...words]: readonly string[],
  { folder, environment }: { readonly folder: string; readonly environment: Readonly<Record<string, string>> },
): readonly string[] {
  const { status, stdout, stderr } = spawnSync(file, words, { cwd: folder, env: { ...environment }, encoding: "utf8" });
  if (status !== 0 || stderr !== "") throw new Error(`${file} ended with ${status ?? "a signal"}: ${stderr}`);
  return stdout.split("\n").filter((line) => line !== "");
}
