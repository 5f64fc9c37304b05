// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { mkdir, readFile, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { buildTree } from "./builtTree.ts";
import { findDebianMirror } from "./debianMirror.ts";
import { ensureOpenClawArchive } from "./openClawArchive.ts";
import { isolated, runProgram } from "./programRun.ts";
import { pruneTrees } from "./pruneTrees.ts";

/** What a root file system is built from. */
export interface RootFilesystemOptions {
  /** The lab's cache; root file systems lie in its folder `rootfs`. */
  readonly cache: string;
  /** Paths of the programs for the droplet. */
  readonly payload: { readonly node: string; readonly tailscale: string; readonly tailscaled: string };
  /** Whether OpenClaw goes in, which makes it 450 MB larger. @default false */
  readonly withOpenClaw?: boolean;
  /** Root of the repository whose image this is; the one that holds this file by default. */
  readonly repository?: string;
  /** Debian mirror; by default `CLAWS_DEBIAN_MIRROR`, else the mirror of a Debian host, else what mmdebstrap takes. */
  readonly mirror?: string;
  /** How many root file systems stay in the cache, the most recently used; 3 by default. */
  readonly keep?: number;
  /** Gets a line for each step. */
  readonly onProgress?: (line: string) => void;
}

/** A root file system that machines boot over an overlay: nothing may write to it. */
export interface RootFilesystem {
  readonly directory: string;
  /** Digest of everything it was made of. */
  readonly hash: string;
}

const suite = "trixie";
// Part of every hash: raise it when this file makes something else of the same input.
const recipe = "1";
// A fixed day for what the build dates itself (the day of a password change, for one), so that two builds are the same.
const epoch = "1735689600";

/**
 * Makes the root file system that droplets boot, with mmdebstrap and the image's own provision scripts, or finds it in the cache. Needs
 * root. Any number may run at once, and a run that is killed leaves nothing that a later one takes for finished.
 *
 * @throws Error with the last lines of the step that failed.
 */
export async function buildRootFilesystem(options: RootFilesystemOptions): Promise<RootFilesystem> {
  const { cache, repository = dirname(dirname(import.meta.dirname)) } = options;
  const { mirror = await findDebianMirror(), keep = 3, onProgress = () => undefined } = options;
  const folder = join(cache, "rootfs");
  await mkdir(folder, { recursive: true, mode: 0o700 });

  const packages = await readPackages(join(repository, "agent-image/packages.txt"));
  const openclaw =
    options.withOpenClaw === true ? await ensureOpenClawArchive({ cache, repository, onProgress }) : undefined;
  const runPayload = payloadMaker(options, repository, openclaw);
  const digest = await runPayload([]);
  const baseHash = hashOf([recipe, suite, mirror ?? "", process.arch, epoch, ...packages]);
  const hash = hashOf([baseHash, digest]);

  const base = join(folder, `base-${baseHash}`);
  const directory = join(folder, hash);
  const env = { PATH: process.env["PATH"], SOURCE_DATE_EPOCH: epoch, LC_ALL: "C.UTF-8", TMPDIR: folder, ...proxies() };
  await buildTree(directory, { name: "root file system", onProgress }, async (temporary) => {
    await buildTree(base, { name: "Debian base (mmdebstrap, about 20 s)", onProgress }, (target) =>
      bootstrap(target, packages, mirror, env),
    );
    const payload = join(temporary, "payload");
    await runPayload(["--out", payload]);
    await runProgram(["cp", "--archive", "--reflink=auto", base, join(temporary, "root")], { env });
    await provision(join(temporary, "root"), payload, env);
    return join(temporary, "root");
  });
  const now = new Date();
  await Promise.all([directory, base].map((path) => utimes(path, now, now).catch(() => undefined)));
  await pruneTrees(folder, keep);
  return { directory, hash };
}

async function readPackages(path: string): Promise<readonly string[]> {
  const lines = (await readFile(path, "utf8")).split("\n");
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}

/** Runs the payload maker of the image as the program that it is: the lab knows the image from outside only. */
function payloadMaker(
  options: RootFilesystemOptions,
  repository: string,
  openclaw: string | undefined,
): (more: readonly string[]) => Promise<string> {
  const parts = openclaw === undefined ? options.payload : { ...options.payload, openclaw };
  const programs = Object.entries(parts).flatMap(([name, path]) => [`--${name}`, path]);
  const maker = [process.execPath, join(repository, "agent-image/payload.ts"), "--repository", repository];
  const env = { PATH: process.env["PATH"] };
  return async (more) => (await runProgram([...maker, ...programs, ...more], { env })).trim();
}

function hashOf(parts: readonly (string | undefined)[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 24);
}

/** What a Debian mirror may only be reachable through. */
function proxies(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => /^(?:https?|no)_proxy$/i.test(name)));
}

async function bootstrap(
  temporary: string,
  packages: readonly string[],
  mirror: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<string> {
  const target = join(temporary, "root");
  const argv = ["mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", `--include=${packages.join(",")}`];
  await runProgram(isolated([...argv, suite, target, ...(mirror === undefined ? [] : [mirror])], { network: true }), {
    env,
  });
  return target;
}

// $1 root, $2 payload. The mounts are gone with the namespace; a tmpfs on /tmp keeps the payload's mount point out of the result.
const provisionScript = `set -eu
mount -t tmpfs tmpfs "$1/tmp"
mkdir "$1/tmp/claws-payload"
mount --bind -o ro "$2" "$1/tmp/claws-payload"
mount -t proc proc "$1/proc"
exec chroot "$1" env -i PATH=/usr/sbin:/usr/bin SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" sh /tmp/claws-payload/source/agent-image/provision/run.sh`;

/** Runs the provision scripts inside the root. Also for tests that provision twice. */
export async function provision(root: string, payload: string, env: NodeJS.ProcessEnv): Promise<void> {
  await runProgram(isolated(["sh", "-c", provisionScript, "provision", root, payload], { network: false }), { env });
}
