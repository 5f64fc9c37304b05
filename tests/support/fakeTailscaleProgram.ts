// SPDX-License-Identifier: Apache-2.0
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeNodeScript } from "./nodeScript.ts";

/** What the fake `tailscale` does. */
export interface FakeTailscaleOptions {
  /** Exit code of `up`; 0 by default. */
  readonly upExit?: number;
  /** What `up` prints on its standard error; %KEY% stands for the key. */
  readonly upSays?: string;
  /** `up` fails as it does where the tailnet's policy has no SSH, unless SSH is off. */
  readonly noSsh?: boolean;
  /** Tags of the node afterwards; tag:agent by default. */
  readonly tags?: readonly string[];
  /** What `status --json` prints instead. */
  readonly status?: string;
  /** Where `up` makes a second name for the key file. */
  readonly keepKeyFile?: string;
  /** There is no such program. */
  readonly missing?: boolean;
}

/** One call of the fake. */
export interface TailscaleCall {
  readonly argv: readonly string[];
  /** Names of all variables but those that the interpreter adds. */
  readonly environment: readonly string[];
  /** Octal permissions of the key file during `up`. */
  readonly keyFileMode: string | undefined;
}

/** Puts a `tailscale` into the folder that records how it is called, and gives its path. */
export async function installFakeTailscale(folder: string, options: FakeTailscaleOptions): Promise<string> {
  const path = join(folder, "tailscale");
  await rm(path, { force: true });
  if (options.missing === true) return path;
  const status = options.status ?? JSON.stringify({ Self: { Tags: options.tags ?? ["tag:agent"] } });
  const settings = JSON.stringify({ ...options, status, folder });
  await writeNodeScript(path, `const settings = ${settings};\n(${fake.toString()})(settings);\n`);
  return path;
}

/** The calls so far, in order. */
export async function readCalls(folder: string): Promise<readonly TailscaleCall[]> {
  const text = await readFile(join(folder, "calls"), "utf8").catch(() => "");
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as TailscaleCall);
}

/** Runs in a process of its own, from its source text. */
function fake(settings: FakeTailscaleOptions & { folder: string; status: string }): void {
  const fs = process.getBuiltinModule("node:fs");
  const argv = process.argv.slice(2);
  const keyFile = argv.find((argument) => argument.startsWith("--auth-key=file:"))?.slice("--auth-key=file:".length);
  const keyFileMode = keyFile === undefined ? undefined : (fs.statSync(keyFile).mode & 0o777).toString(8);
  const call = { argv, environment: Object.keys(process.env), keyFileMode };
  fs.appendFileSync(`${settings.folder}/calls`, `${JSON.stringify(call)}\n`);
  if (keyFile !== undefined) {
    fs.writeFileSync(`${settings.folder}/key-seen`, fs.readFileSync(keyFile));
    if (settings.keepKeyFile !== undefined) fs.linkSync(keyFile, settings.keepKeyFile);
    process.stderr.write((settings.upSays ?? "").replace("%KEY%", fs.readFileSync(keyFile, "utf8")));
    process.exitCode = settings.upExit ?? 0;
    if (settings.noSsh === true && argv.includes("--ssh=true")) {
      process.stderr.write("Unable to enable local Tailscale SSH server; not enabled on Tailnet.\n");
      process.exitCode = 1;
    }
  }
  if (argv[0] === "status") process.stdout.write(settings.status);
}
