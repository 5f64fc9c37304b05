// SPDX-License-Identifier: Apache-2.0
import { basename, dirname, join } from "node:path";
import type { Environment } from "./environment.ts";
import { failure, UserError } from "./errors.ts";
import { readGuardedFile } from "./fileRead.ts";
import { writeFileWhole } from "./fileWrite.ts";
import { repositoryOf, runGit } from "./git.ts";

/** What was set up. */
export interface GitSetup {
  /** The file with the attributes: it is to be committed. */
  readonly attributes: string;
  /** Whether it was changed. */
  readonly changed: boolean;
  /** The repository whose own settings name the programs: each clone has its own. */
  readonly repository: string;
}

const DRIVER = "claws-vault";
const ATTRIBUTES_LIMIT = 1024 * 1024;

/** Makes git merge and show a vault by this program, in this clone. Doing it again changes nothing. @throws UserError outside of a repository */
export async function setUpGit(path: string, program: readonly string[], environment: Environment): Promise<GitSetup> {
  const repository = await repositoryOf(path, environment);
  const attributes = join(dirname(path), ".gitattributes");
  // Without -text, git may take an encrypted file for text and "mend" its line ends.
  const changed = await addLine(attributes, `/${checkedName(path)} -text diff=${DRIVER} merge=${DRIVER}`);
  const command = program.map(asShellWord).join(" ");
  const settings = {
    // A percent sign is git's own in a driver, but not in a textconv.
    [`merge.${DRIVER}.name`]: "vaults of claws, merged key by key",
    [`merge.${DRIVER}.driver`]: `${command.replaceAll("%", "%%")} vault merge -- %O %A %B %P`,
    [`diff.${DRIVER}.textconv`]: `${command} vault show --for-git`,
    // The text of old vaults stays out of the repository's notes.
    [`diff.${DRIVER}.cachetextconv`]: "false",
  };
  for (const [name, value] of Object.entries(settings)) await setGit(repository, environment, name, value);
  return { attributes, changed, repository };
}

async function setGit(folder: string, environment: Environment, name: string, value: string): Promise<void> {
  const { code, stderr } = await runGit(["config", "--local", "--replace-all", name, value], { folder, environment });
  if (code !== 0) throw failure(`git cannot set ${name}: ${stderr.trim()}`);
}

/** @returns whether the file was changed */
async function addLine(path: string, line: string): Promise<boolean> {
  // A link that came with a commit could lead to any file of the owner's, whose text would be committed.
  const bytes = readGuardedFile(path, { what: "file", forbidden: 0, limit: ATTRIBUTES_LIMIT, anyOwner: true });
  const before = bytes?.toString("utf8") ?? "";
  if (before.split(/\r?\n/).includes(line)) return false;
  const joint = before === "" || before.endsWith("\n") ? "" : "\n";
  await writeFileWhole(path, `${before}${joint}${line}\n`, { mode: 0o644 });
  return true;
}

/** Other characters would be a pattern to git. */
function checkedName(path: string): string {
  const name = basename(path);
  if (/^[\w.-]+$/.test(name)) return name;
  throw new UserError(`cannot set up git for "${name}": only letters, digits, hyphens, underscores and periods`, [
    "rename the vault",
  ]);
}

function asShellWord(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
