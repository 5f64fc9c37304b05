// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

/** Runs the toolchain resolver, which speaks on standard error; returns program name -> path. */
export async function resolveToolchain(root, node) {
  const main = join(root, "toolchain", "main.ts");
  const child = spawn(node, [main, "resolve", "--json"], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
  const status = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve(signal ?? code));
  });
  if (status !== 0) throw new Error("cannot go on without the toolchain (see above)");
  return JSON.parse(output);
}

/**
 * Environment of the command: npm's programs first on PATH, then Node, then the folders of those toolchain programs
 * that PATH would not find or would find in another version, then the PATH as it was.
 */
export function prependPath(environment, root, node, toolchain = {}) {
  const old = environment.PATH ?? "";
  const front = new Set([join(root, "node_modules", ".bin"), dirname(node)]);
  for (const [name, path] of Object.entries(toolchain)) {
    const first = old.split(delimiter).find((folder) => existsSync(join(folder, name)));
    if (first !== dirname(path)) front.add(dirname(path));
  }
  const PATH = [...front, old].filter((part) => part !== "").join(delimiter);
  const paths = Object.keys(toolchain).length === 0 ? {} : { CLAWS_TOOLCHAIN: JSON.stringify(toolchain) };
  return { ...environment, ...paths, PATH };
}
