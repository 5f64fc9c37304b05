// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import type { Environment } from "./environment.ts";
import { codeOf, failure } from "./errors.ts";

/** A Node and where it is. */
export interface FoundNode {
  /** @example "24.21.0" */
  readonly version: string;
  readonly path: string;
}

/** What the tests run with, and the droplet. */
const TESTED_NODE = 24;
const FIX = "run npm ci and then npm run claws, which puts the Node of the repository first on the PATH";

/**
 * Asks the `node` that is first on the PATH: the engine starts it for the program, the policy pack and the node step, whatever Node
 * runs this command.
 *
 * @throws UserError when there is none or it does not say its version within 10 s
 */
export async function askNode(environment: Environment): Promise<FoundNode> {
  const program = "`${process.versions.node} ${process.execPath}`";
  const env = { ...environment, NODE_OPTIONS: undefined };
  return await new Promise((resolve, reject) => {
    execFile("node", ["-p", program], { env, timeout: 10_000 }, (error, stdout) => {
      const [, version, path] = /^(\d+\.\d+\.\d+\S*) (.+)$/m.exec(stdout) ?? [];
      if (error === null && version !== undefined && path !== undefined) resolve({ version, path });
      else reject(failure(codeOf(error) === "ENOENT" ? "is not on the PATH" : "does not say its version", FIX));
    });
  });
}

/** Takes Node 22.18, 23.6 and later, which run TypeScript as it is, and says when it is not the tested one. @throws UserError for older ones */
export function checkNode({ version, path }: FoundNode): string {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isEnough = major >= TESTED_NODE || (major === 23 && minor >= 6) || (major === 22 && minor >= 18);
  if (!isEnough) throw failure(`${path} is version ${version}, and the program needs 22.18 or later`, FIX);
  return major >= TESTED_NODE
    ? `${version} (${path})`
    : `${version} (${path}); warning: it is older than ${TESTED_NODE}, which the tests run with`;
}
