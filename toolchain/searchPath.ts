// SPDX-License-Identifier: Apache-2.0
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** Every executable file called `name` in the folders of a PATH, in order; relative folders are not looked at. */
export function findOnPath(name: string, path: string | undefined): readonly string[] {
  const folders = new Set((path ?? "").split(delimiter).filter(isAbsolute));
  return [...folders].map((folder) => join(folder, name)).filter(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
