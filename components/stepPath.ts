// SPDX-License-Identifier: Apache-2.0
import { relative, resolve } from "node:path";

/** Path of a step's program as the state keeps it: relative to the folder of the stack's program, so that every clone of a repo agrees. */
export function stepPath(file: string): string {
  return relative(process.cwd(), resolve(import.meta.dirname, file));
}
