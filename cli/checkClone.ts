// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "./errors.ts";

/** @throws UserError when the folder is no clone of the toolkit's repository with these files: only that has `what` */
export function checkClone(root: string, what: string, files: readonly string[]): void {
  if (isToolkit(join(root, "package.json")) && files.every((file) => existsSync(join(root, file)))) return;
  throw new UserError(`there is no ${what} in "${root}": it is part of the Office Claws repository`, [
    "run it in a clone of the repository, or name the clone with --cwd",
  ]);
}

function isToolkit(path: string): boolean {
  try {
    return (JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<string, unknown>>)["name"] === "office-claws";
  } catch {
    return false;
  }
}
