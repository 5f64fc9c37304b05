// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { basename, dirname } from "node:path";
import { withoutIdentities, type Environment } from "./environment.ts";
import { codeOf, UserError } from "./errors.ts";

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

/** Runs git; what opens the vault is not passed on to it. @throws UserError when there is no git */
export async function runGit(words: readonly string[], { folder, environment }: GitPlace): Promise<GitResult> {
  // The messages are shown, and one of them is read.
  const env = { ...withoutIdentities(environment), LC_ALL: "C" };
  const child = spawn("git", words, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const code = await new Promise<number>((resolve, reject) => {
    child.once("close", (end) => resolve(end ?? 1));
    child.once("error", (error) =>
      reject(
        new UserError(`cannot run git: ${codeOf(error) === "ENOENT" ? "it is not on the PATH" : "unknown cause"}`),
      ),
    );
  });
  return { code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString("utf8") };
}

/**
 * A file as a commit has it.
 *
 * @returns undefined when the commit does not have it
 * @throws UserError when there is no such commit, or no repository
 */
export async function fileAt(path: string, revision: string, environment: Environment): Promise<Buffer | undefined> {
  const place = { folder: dirname(path), environment };
  // A revision that starts with a hyphen would be an option of git.
  if (!/^[^-:\s][^:\s]*$/.test(revision)) throw unknownRevision(revision);
  const commit = await runGit(["rev-parse", "--verify", "--quiet", `${revision}^{commit}`], place);
  if (commit.code !== 0)
    throw commit.stderr.includes("not a git repository") ? noRepository(path) : unknownRevision(revision);
  const id = commit.stdout.toString("utf8").trim();
  const file = await runGit(["cat-file", "blob", `${id}:./${basename(path)}`], place);
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
