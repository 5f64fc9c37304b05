// SPDX-License-Identifier: Apache-2.0
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

export const repositoryRoot = resolve(import.meta.dirname, "../..");

/** What a stack's file in the project says. */
export interface StackSettings {
  readonly stack: string;
  readonly imageId: string;
  readonly controlUrl: string;
  /** Agent name to the providers that it uses. */
  readonly agents: Readonly<Record<string, readonly string[]>>;
  /** Workload of all agents. @default "hello" */
  readonly runtime?: string;
}

/** Copies what a clone of this repository needs to run `pulumi up` into a new folder, and configures one stack. */
export async function makeProject(folder: string, settings: StackSettings): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of ["Pulumi.yaml", "package.json", "components", "stacks", "policy"]) {
    await cp(join(repositoryRoot, name), join(folder, name), { recursive: true, filter: isNoStackFile });
  }
  await symlink(join(repositoryRoot, "node_modules"), join(folder, "node_modules"));
  await writeFile(join(folder, "stacks", `Pulumi.${settings.stack}.yaml`), renderStackFile(settings));
}

/** The stack file, as an owner would write it. JSON is YAML, so values are quoted by JSON. */
export function renderStackFile({ imageId, controlUrl, agents, runtime = "hello" }: StackSettings): string {
  const entries = Object.entries(agents).map(([name, providers]) => ({ name, providers }));
  return [
    "config:",
    `  office-claws:controlUrl: ${JSON.stringify(controlUrl)}`,
    `  office-claws:defaults: ${JSON.stringify({ image: imageId, runtime })}`,
    "  office-claws:agents:",
    ...entries.map((entry) => `    - ${JSON.stringify(entry)}`),
    "",
  ].join("\n");
}

/** Names the operator's public key in a stack's file, as its owner would: agents made from then on take sealed keys only. */
export async function nameOperatorKey(folder: string, stack: string, publicKey: string): Promise<void> {
  const file = join(folder, "stacks", `Pulumi.${stack}.yaml`);
  const text = await readFile(file, "utf8");
  const line = `  office-claws:operatorKeys: ${JSON.stringify([publicKey])}\n`;
  await writeFile(file, text.replace("config:\n", `config:\n${line}`));
}

/** The owner's own stacks stay where they are. */
function isNoStackFile(path: string): boolean {
  return !/[/\\]Pulumi\.[^/\\]+\.yaml$/.test(path);
}
