// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cp, mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

export const repositoryRoot = resolve(import.meta.dirname, "..");

/** A project folder with a vault, and how to run `claws` in it. */
export interface BenchVault {
  readonly claws: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Makes a project in `folder` whose vault holds `count` keys. They are made by the CLI itself, one process a key. */
export async function makeBenchVault(folder: string, count: number): Promise<BenchVault> {
  await mkdir(join(folder, "stacks"), { recursive: true });
  await cp(join(repositoryRoot, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
  await writeFile(join(folder, "stacks/Pulumi.bench.yaml"), "config: {}\n");
  const claws = [process.execPath, join(repositoryRoot, "cli/bin.js")];
  const environment = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder,
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: "bench",
    NO_COLOR: "1",
  };
  const run = async (words: readonly string[], input = "") => {
    const [program = "", ...rest] = [...claws, ...words];
    const child = promisify(execFile)(program, rest, { cwd: folder, env: environment });
    child.child.stdin?.end(input);
    await child;
  };
  await run(["vault", "init"]);
  for (let index = 0; index < count; index += 1) {
    await run(
      ["keys", "set", "anthropic", "--agent", `agent-${index}`],
      `sk-ant-api03-${randomBytes(60).toString("hex")}AA`,
    );
  }
  return { claws, environment };
}
