// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";

/** Each check is one of the package's own scripts, so that a check and the verb people type cannot differ. */
const checks: Readonly<Record<string, readonly string[]>> = {
  lint: ["npm", "run", "--silent", "lint"],
  types: ["npm", "run", "--silent", "types"],
  format: ["prettier", "--check", "."],
  test: ["npm", "test", "--silent"],
  bench: ["npm", "run", "--silent", "bench", "--", "--short"],
};

/** Runs all checks, or those named, to the end; returns 0 when all passed, 1 when one failed, 2 on wrong use. */
function main(names: readonly string[]): number {
  const unknown = names.find((name) => !Object.hasOwn(checks, name));
  if (unknown !== undefined) {
    process.stderr.write(`check: error: unknown check "${unknown}"; known: ${Object.keys(checks).join(" ")}\n`);
    return 2;
  }
  const failed: string[] = [];
  for (const [name, [file = "", ...args]] of Object.entries(checks)) {
    if (names.length > 0 && !names.includes(name)) continue;
    process.stderr.write(`check: ${name} ...\n`);
    const began = performance.now();
    const { status } = spawnSync(file, args, {
      cwd: resolve(import.meta.dirname, ".."),
      stdio: ["ignore", "inherit", "inherit"],
    });
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    process.stderr.write(`check: ${name} ${status === 0 ? "passed" : "FAILED"} (${seconds} s)\n`);
    if (status !== 0) failed.push(name);
  }
  if (failed.length === 0) return 0;
  process.stderr.write(`check: error: failed: ${failed.join(" ")}\n`);
  return 1;
}

process.exitCode = main(process.argv.slice(2));
