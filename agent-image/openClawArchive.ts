// SPDX-License-Identifier: Apache-2.0
// node agent-image/openClawArchive.ts [--out FILE] [--arch x64|arm64] [--repository FOLDER]
// Prints the digest of what the archive of OpenClaw is made from, and with --out also makes it: for payload.ts --openclaw FILE.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { access, copyFile, glob, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";

/** What an archive is made from. */
export interface ArchiveSources {
  /** Root of the repository. */
  readonly repository: string;
  /** Processor of the droplets. */
  readonly arch: "x64" | "arm64";
}

/** Runs a program; rejects unless it ends with 0. */
export type Run = (argv: readonly string[], folder: string) => Promise<void>;

const manifests = ["package.json", "package-lock.json"];
// Part of the digest: raise it when this file makes something else of the same manifests.
const recipe = "1";

/**
 * What nobody reads at run time: types, source maps, shortcuts to programs (links), and the web page of a control UI that is switched
 * off.
 */
const uselessPatterns = [
  ...["**/*.d.{ts,mts,cts}", "**/*.map", "**/.bin", "openclaw/dist/control-ui"],
  // The mark of an install whose scripts did not run. OpenClaw would run them at its start and write to its own folder; on a tree that
  // npm has just made they change nothing but this mark.
  "openclaw/.openclaw-lifecycle-pending",
];

/** Digest (SHA-256, hex): equal digests, equal programs, because the lock file has the digest of every package. */
export async function digestSources({ repository, arch }: ArchiveSources): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify([recipe, arch, uselessPatterns]));
  for (const name of manifests) hash.update(await readFile(join(manifestFolder(repository), name)));
  return hash.digest("hex");
}

/**
 * Installs OpenClaw from its lock file, without running anything of any package, and packs what is needed: all owned by root,
 * writable by nobody else, with fixed times. The archive is there whole or not at all.
 *
 * @throws Error when a package is not what the lock file says.
 */
export async function makeArchive({ repository, arch }: ArchiveSources, out: string, run: Run): Promise<void> {
  const folder = await mkdtemp(`${out}.`);
  try {
    for (const name of manifests) await copyFile(join(manifestFolder(repository), name), join(folder, name));
    await copyFile(join(repository, ".npmrc"), join(folder, ".npmrc"));
    const platform = ["--os=linux", `--cpu=${arch}`, "--libc=glibc"];
    await run(["npm", "ci", "--ignore-scripts", "--omit=dev", ...platform, "--no-audit", "--loglevel=error"], folder);
    await assertComplete(folder, arch);
    await removeUseless(join(folder, "node_modules"));
    const owner = ["--owner=0", "--group=0", "--numeric-owner", "--mode=u+rwX,go+rX,go-w"];
    const fixed = ["--format=gnu", "--sort=name", "--mtime=@1735689600", ...owner];
    await run(["tar", ...fixed, "--use-compress-program=gzip -n", "-cf", "archive", "node_modules"], folder);
    await rename(join(folder, "archive"), out);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function manifestFolder(repository: string): string {
  return join(repository, "agent-image/workloads/openclaw");
}

/** What a lock file says of one package. */
interface LockedPackage {
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
}

/** npm leaves out an optional package without a word when it takes it for another platform's, and its versions differ in that. */
async function assertComplete(folder: string, arch: string): Promise<void> {
  const lock = JSON.parse(await readFile(join(folder, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  };
  for (const [path, { os = ["linux"], cpu = [arch], libc = ["glibc"] }] of Object.entries(lock.packages)) {
    if (!os.includes("linux") || !cpu.includes(arch) || !libc.includes("glibc")) continue;
    await access(join(folder, path)).catch(() => {
      throw new Error(`cannot pack OpenClaw: npm did not install "${path}"`);
    });
  }
}

async function removeUseless(root: string): Promise<void> {
  for (const pattern of uselessPatterns) {
    // First the list, then the removal: a folder must not change while it is read.
    const paths: string[] = [];
    for await (const path of glob(pattern, { cwd: root })) paths.push(path);
    for (const path of paths) await rm(join(root, path), { recursive: true, force: true });
  }
}

/** What the program prints goes to our standard error: our standard output is the digest. */
function runProgram([program = "", ...words]: readonly string[], cwd: string): Promise<void> {
  const child = spawn(program, words, { cwd, stdio: ["ignore", process.stderr, process.stderr] });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`cannot run "${program} ${words[0] ?? ""}": ${signal ?? `exit code ${code ?? ""}`}`));
    });
  });
}

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ options: { out: text, arch: text, repository: text } });
  const { out, arch = process.arch, repository = dirname(import.meta.dirname) } = values;
  if (arch !== "x64" && arch !== "arm64")
    throw new Error(`cannot make the archive for "${arch}": --arch must be x64 or arm64`);
  const digest = await digestSources({ repository, arch });
  if (out !== undefined) await makeArchive({ repository, arch }, out, runProgram);
  process.stdout.write(`${digest}\n`);
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    process.stderr.write(`openClawArchive: error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
