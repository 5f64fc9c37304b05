// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "./errors.ts";

/** @throws UserError when the project is no clone of the toolkit's repository, which alone has the lab */
export function checkLabFolder(root: string): void {
  if (existsSync(join(root, "lab", "lab.ts")) && hasLabScript(join(root, "package.json"))) return;
  throw new UserError(`there is no lab in "${root}": it is part of the Office Claws repository`, [
    "run it in a clone of the repository, or name the clone with --cwd",
  ]);
}

function hasLabScript(path: string): boolean {
  try {
    const { name, scripts } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    return name === "office-claws" && typeof scripts === "object" && scripts !== null && "lab" in scripts;
  } catch {
    return false;
  }
}
