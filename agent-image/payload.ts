// SPDX-License-Identifier: Apache-2.0
// node agent-image/payload.ts --node FILE --tailscale FILE --tailscaled FILE [--openclaw FILE] [--out FOLDER] [--repository FOLDER]
// Prints the digest of the payload, and with --out also makes it: the folder that provision/run.sh takes.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { copyFile, chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";

import { shippedName, stripTypes } from "./stripTypes.ts";

/** Where the parts of a payload come from. */
export interface PayloadSources {
  /** The Node.js program for the droplet. */
  readonly node: string;
  /** The Tailscale client program. */
  readonly tailscale: string;
  /** The Tailscale daemon program. */
  readonly tailscaled: string;
  /** The archive that openClawArchive.ts made; missing: the image can run the hello workload only. */
  readonly openclaw?: string | undefined;
  /** Root of the repository whose code goes in. */
  readonly repository: string;
}

/** One file of a payload. */
export interface PayloadEntry {
  /** Path inside the payload, with `/`. */
  readonly path: string;
  /** The file it is a copy of; a TypeScript file is shipped as JavaScript. */
  readonly from: string;
  readonly mode: 0o755 | 0o644;
}

/** What goes to `source/`, from the repository: folders whole, with all that is in them. */
const sourceParts = ["protocol", "broker", "agent-image/daemon", "agent-image/panel", "agent-image/workloads"];
const buildParts = ["agent-image/provision", "agent-image/files"];

/**
 * Lists the files of a payload in a fixed order.
 *
 * @throws Error if a part of the repository is missing or holds anything but files and folders: a link could lead out of it.
 */
export async function listPayload(sources: PayloadSources): Promise<readonly PayloadEntry[]> {
  const { repository, openclaw, ...programs } = sources;
  const entries: PayloadEntry[] = Object.entries(programs).map(([path, from]) => ({ path, from, mode: 0o755 }));
  if (openclaw !== undefined) entries.push({ path: "openclaw.tar.gz", from: openclaw, mode: 0o644 });
  const paths = ["agent-image/packages.txt"];
  for (const part of [...sourceParts, ...buildParts]) paths.push(...(await listFiles(repository, part)));
  for (const path of paths)
    entries.push({ path: `source/${shippedName(path)}`, from: join(repository, path), mode: 0o644 });
  return entries.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function listFiles(repository: string, folder: string): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const entry of await readdir(join(repository, folder), { withFileTypes: true })) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) paths.push(...(await listFiles(repository, path)));
    else if (entry.isFile()) paths.push(path);
    else throw new Error(`cannot pack "${path}": not a file or folder`);
  }
  return paths;
}

/** Digest (SHA-256, hex) over paths, modes and contents: equal digests, equal payloads. */
export async function digestPayload(entries: readonly PayloadEntry[]): Promise<string> {
  const whole = createHash("sha256");
  for (const { path, from, mode } of entries) {
    const content = createHash("sha256");
    if (isTypeScript(from)) content.update(await readStripped(from));
    else await pipeline(createReadStream(from, { highWaterMark: 1 << 20 }), content);
    whole.update(`${mode.toString(8)} ${content.digest("hex")} ${JSON.stringify(path)}\n`);
  }
  return whole.digest("hex");
}

/**
 * Makes the payload's folder, whole or not at all.
 *
 * @param out - A path where nothing is yet, in a folder that exists.
 */
export async function writePayload(entries: readonly PayloadEntry[], out: string): Promise<void> {
  const temporary = await mkdtemp(`${out}.`);
  try {
    for (const { path, from, mode } of entries) {
      const target = join(temporary, path);
      await mkdir(dirname(target), { recursive: true });
      if (isTypeScript(from)) await writeFile(target, await readStripped(from));
      else await copyFile(from, target);
      await chmod(target, mode);
    }
    await chmod(temporary, 0o755);
    await rename(temporary, out);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

function isTypeScript(path: string): boolean {
  return path.endsWith(".ts");
}

async function readStripped(path: string): Promise<string> {
  return stripTypes(await readFile(path, "utf8"));
}

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const options = { node: text, tailscale: text, tailscaled: text, openclaw: text, out: text, repository: text };
  const { values } = parseArgs({ options });
  const { node, tailscale, tailscaled, openclaw, out, repository = dirname(import.meta.dirname) } = values;
  if (node === undefined || tailscale === undefined || tailscaled === undefined) {
    throw new Error("cannot make a payload: --node, --tailscale and --tailscaled are needed");
  }
  const entries = await listPayload({ node, tailscale, tailscaled, openclaw, repository });
  const digest = await digestPayload(entries);
  if (out !== undefined) await writePayload(entries, out);
  process.stdout.write(`${digest}\n`);
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    process.stderr.write(`payload: error: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
