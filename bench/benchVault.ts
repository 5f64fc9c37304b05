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

/** What a stack with one agent looks like to `claws status`. Nothing answers for it: only the start is measured. */
const stackState = {
  version: 3,
  deployment: {
    manifest: { time: "2026-01-01T00:00:00Z", magic: "", version: "" },
    resources: [
      {
        urn: "urn:pulumi:bench::office-claws::pulumi:pulumi:Stack::office-claws-bench",
        custom: false,
        type: "pulumi:pulumi:Stack",
        outputs: {
          agents: {
            ada: {
              dropletId: "1",
              createdAt: "2026-01-01T00:00:00Z",
              publicAddress: "198.51.100.16",
              vpcId: "v",
              firewallId: "f",
              tag: "claws-office-claws-bench-ada",
              nodeId: "n1",
              nodeName: "ada.example",
              nodeTag: "tag:agent",
              authKeyId: "k1",
              imageId: "42",
              region: "nyc3",
              size: "s-1vcpu-1gb",
              runtime: "hello",
              providers: ["anthropic"],
              ttlHours: null,
            },
          },
        },
      },
    ],
  },
};

/** Gives the project of a bench vault a stack `bench` with one agent. Needs `pulumi` on the PATH. */
export async function makeBenchStack(folder: string, { environment }: BenchVault): Promise<void> {
  const file = join(folder, "state.json");
  await writeFile(file, JSON.stringify(stackState));
  const options = { cwd: folder, env: environment };
  await promisify(execFile)("pulumi", ["stack", "init", "bench"], options);
  await promisify(execFile)("pulumi", ["stack", "import", "--stack", "bench", "--file", file], options);
}

/** Makes a project in `folder` whose vault holds `count` keys. They are made by the CLI itself, one process a key. */
export async function makeBenchVault(folder: string, count: number): Promise<BenchVault> {
  await mkdir(join(folder, "stacks"), { recursive: true });
  await cp(join(repositoryRoot, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
  await writeFile(join(folder, "stacks/Pulumi.bench.yaml"), "config: {}\n");
  const claws = [process.execPath, join(repositoryRoot, "cli/bin.cjs")];
  const environment = {
    PATH: process.env["PATH"] ?? "",
    HOME: folder,
    PULUMI_BACKEND_URL: `file://${folder}`,
    PULUMI_CONFIG_PASSPHRASE: "bench",
    PULUMI_SKIP_UPDATE_CHECK: "1",
    // Nothing listens there.
    DIGITALOCEAN_API_URL: "http://127.0.0.1:9",
    DIGITALOCEAN_TOKEN: "unused",
    CLAWS_TAILSCALE_SOCKET: join(folder, "no.sock"),
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
