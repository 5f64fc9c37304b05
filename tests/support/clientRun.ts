// SPDX-License-Identifier: Apache-2.0
import { cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const repositoryRoot = join(import.meta.dirname, "../..");

/** Programs in tests/support/clients. */
export const clientPrograms = { anthropic: "anthropicClient.mjs", openai: "openaiClient.mjs" } as const;

/** What a client program printed. */
export interface ClientOutcome {
  readonly text?: string;
  readonly pieces?: number;
  readonly tokens?: number;
  readonly requestId?: string;
  readonly models?: number;
  readonly reason?: string;
  readonly input?: unknown;
  readonly leftAt?: string;
  /** Class of the SDK's error. */
  readonly failed?: string;
  readonly status?: number | null;
  readonly retryAfter?: string | null;
  /** The broker's own error code. */
  readonly broker?: string | null;
  readonly message?: string;
  readonly body?: unknown;
}

/** Puts the client programs into a folder, with the SDKs that they use and all that those depend on. */
export async function installClients(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await cp(join(import.meta.dirname, "clients"), folder, { recursive: true });
  const needed = ["@anthropic-ai/sdk", "openai"];
  for (const name of needed) {
    const from = join(repositoryRoot, "node_modules", name);
    await cp(from, join(folder, "node_modules", name), { recursive: true });
    const { dependencies = {} } = JSON.parse(await readFile(join(from, "package.json"), "utf8")) as {
      dependencies?: Readonly<Record<string, string>>;
    };
    needed.push(...Object.keys(dependencies).filter((one) => !needed.includes(one)));
  }
}
