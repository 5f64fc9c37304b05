// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** Calls of the C library that can be made to fail. */
export type FaultyCall = "open" | "write" | "fsync" | "fsync-folder" | "rename" | "link" | "unlink";

/** One fault: which call, on which files, and what happens. See faultyLibc.c. */
export interface Fault {
  readonly call: FaultyCall;
  readonly kind: "ENOSPC" | "EDQUOT" | "EIO" | "EROFS" | "EACCES" | "KILL" | "WAIT";
  /** Part of the path. */
  readonly path: string;
  /** Only this one of the calls, from 1 up. */
  readonly nth?: number;
}

/** Compiles the library into the folder, and gives the environment that puts it before a program's C library. */
export async function buildFaultyLibc(folder: string): Promise<Readonly<Record<string, string>>> {
  const library = join(folder, "faultyLibc.so");
  const source = join(import.meta.dirname, "faultyLibc.c");
  await promisify(execFile)("gcc", ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source, "-ldl"]);
  return { LD_PRELOAD: library };
}

/** The variable that orders a fault. */
export function ordered({ call, kind, path, nth = 0 }: Fault): Readonly<Record<string, string>> {
  return { FAULT: `${call}:${kind}:${path}:${nth}` };
}

/** Lets a program go on that waits in a call: the flag was its sign of having come there. */
export async function letGoOn(flag: string): Promise<void> {
  await rm(flag);
}
