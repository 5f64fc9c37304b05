// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { spawnClaws, type CliRun } from "./cliHarness.ts";

const run = promisify(execFile);

/** How a git command ended. */
export interface GitRun {
  readonly code: number;
  /** Both streams. */
  readonly output: string;
}

/** A person with a clone of a shared repository, a home and an age identity of their own. */
export interface Person {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly git: (...words: readonly string[]) => Promise<GitRun>;
  /** The same, and an error when it fails. */
  readonly mustGit: (...words: readonly string[]) => Promise<string>;
  readonly claws: (words: readonly string[], input?: string) => Promise<CliRun>;
  /** The same, and an error when it fails; gives stdout. */
  readonly mustClaws: (words: readonly string[], input?: string) => Promise<string>;
}

/** Makes an empty shared repository and gives its path. */
export async function makeSharedRepository(folder: string): Promise<string> {
  const path = join(folder, "shared.git");
  await run("git", ["init", "--quiet", "--bare", "--initial-branch=main", path], { env: gitEnvironment(folder) });
  return path;
}

/** Clones the shared repository for a person; the first one puts a project into it. */
export async function makePerson(base: string, name: string, shared: string): Promise<Person> {
  const home = join(base, `home-${name}`);
  const folder = join(base, name);
  await mkdir(home);
  const environment = { ...gitEnvironment(home, name), CLAWS_CACHE: join(base, "cache") };
  await run("git", ["clone", "--quiet", shared, folder], { env: environment });
  const person = personIn(folder, environment);
  const hasProject = await readFile(join(folder, "Pulumi.yaml")).then(
    () => true,
    () => false,
  );
  if (!hasProject) {
    await writeFile(
      join(folder, "Pulumi.yaml"),
      "name: office-claws\nmain: stacks/index.ts\nstackConfigDir: stacks/\n",
    );
    await person.mustGit("add", "Pulumi.yaml");
    await person.mustGit("commit", "--quiet", "-m", "project");
    await person.mustGit("push", "--quiet", "origin", "HEAD:main");
  }
  return person;
}

function personIn(folder: string, environment: Readonly<Record<string, string>>): Person {
  const git = async (...words: readonly string[]): Promise<GitRun> =>
    await run("git", [...words], { cwd: folder, env: { ...environment } }).then(
      ({ stdout, stderr }) => ({ code: 0, output: stdout + stderr }),
      (error: unknown) => {
        const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
        return { code, output: stdout + stderr };
      },
    );
  const claws = async (words: readonly string[], input?: string): Promise<CliRun> =>
    await spawnClaws(words, { environment, folder, ...(input === undefined ? {} : { input }) });
  return {
    folder,
    environment,
    git,
    mustGit: async (...words) => {
      const { code, output } = await git(...words);
      if (code !== 0) throw new Error(`git ${words.join(" ")} ended with ${code}: ${output}`);
      return output;
    },
    claws,
    mustClaws: async (words, input) => {
      const { exitCode, stdout, stderr } = await claws(words, input);
      if (exitCode !== 0) throw new Error(`claws ${words.join(" ")} ended with ${exitCode}: ${stderr}`);
      return stdout;
    },
  };
}

/** A git that knows nothing of this machine's settings. */
function gitEnvironment(home: string, name = "nobody"): Record<string, string> {
  return {
    HOME: home,
    PATH: process.env["PATH"] ?? "",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: `${name}@office.example`,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: `${name}@office.example`,
  };
}
