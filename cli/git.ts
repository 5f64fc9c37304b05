// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { basename, dirname } from "node:path";
import { childEnd } from "./childEnd.ts";
import { withoutSecrets, type Environment } from "./environment.ts";
import { UserError } from "./errors.ts";

/** How a git command ended. */
export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Where git runs. */
export interface GitPlace {
  readonly folder: string;
  readonly environment: Environment;
}

const LARGEST_FILE = 8 * 1024 * 1024;

/** Runs git; what opens the vault and the clouds is not passed on to it. @throws UserError when there is no git */
export async function runGit(words: readonly string[], { folder, environment }: GitPlace): Promise<GitResult> {
  // The messages are shown, and one of them is read.
  const env = { ...withoutSecrets(environment), LC_ALL: "C" };
  const child = spawn("git", words, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const code = await childEnd(
    child,
    (cause) => new UserError(`cannot run git: ${cause === "ENOENT" ? "it is not on the PATH" : "unknown cause"}`),
  );
  return { code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString("utf8") };
}

/**
 * A file as a commit has it.
 *
 * @returns undefined when the commit does not have it
 * @throws UserError when there is no such commit or no repository, or when the file is larger than any vault
 */
export async function fileAt(path: string, revision: string, environment: Environment): Promise<Buffer | undefined> {
  const place = { folder: dirname(path), environment };
  // A revision that starts with a hyphen would be an option of git.
  if (!/^[^-:\s][^:\s]*$/.test(revision)) throw unknownRevision(revision);
  const commit = await runGit(["rev-parse", "--verify", "--quiet", `${revision}^{commit}`], place);
  if (commit.code !== 0)
    throw commit.stderr.includes("not a git repository") ? noRepository(path) : unknownRevision(revision);
  const blob = `${commit.stdout.toString("utf8").trim()}:./${basename(path)}`;
  const { code, stdout } = await runGit(["cat-file", "-s", blob], place);
  if (code !== 0) return undefined;
  // Whoever commits decides how large it is, and it is read whole.
  const size = Number(stdout.toString("utf8"));
  if (size > LARGEST_FILE)
    throw new UserError(`refusing to read "${basename(path)}" of revision "${revision}": it has ${size} bytes`);
  const file = await runGit(["cat-file", "blob", blob], place);
  return file.code === 0 ? file.stdout : undefined;
}

/** The folder at the top of the repository that holds the path. @throws UserError when none does */
export async function repositoryOf(path: string, environment: Environment): Promise<string> {
  const { code, stdout } = await runGit(["rev-parse", "--show-toplevel"], { folder: dirname(path), environment });
  if (code !== 0) throw noRepository(path);
  return stdout.toString("utf8").replace(/\n$/, "");
}

function unknownRevision(revision: string): UserError {
  return new UserError(`git does not know the revision "${revision}"`, ["as in HEAD, main, HEAD~3 or a commit's ID"]);
}

function noRepository(path: string): UserError {
  return new UserError(`"${dirname(path)}" is not in a git repository`);
}
