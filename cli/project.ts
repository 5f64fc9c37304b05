// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setting, type Environment } from "./environment.ts";
import { UserError } from "./errors.ts";
import { readProjectFile } from "./fileRead.ts";

/** A Pulumi project on disk. */
export interface Project {
  /** The folder with Pulumi.yaml, absolute. */
  readonly root: string;
  /** The folder with the files Pulumi.<stack>.yaml, absolute. */
  readonly configFolder: string;
}

/**
 * Finds the project: `cwd` when it is given, else the nearest folder with a Pulumi.yaml from `from` upwards.
 *
 * @throws UserError when there is none.
 */
export function findProject(from: string, cwd?: string): Project {
  const root = cwd === undefined ? nearestProject(from) : resolve(from, cwd);
  if (root === undefined || !existsSync(join(root, "Pulumi.yaml"))) {
    throw new UserError(`no Pulumi.yaml in "${root ?? from}"${cwd === undefined ? " or above it" : ""}`, [
      "run it inside the project, or name the project's folder with --cwd",
    ]);
  }
  return { root, configFolder: resolve(root, configFolderIn(readPulumiYaml(root)) ?? "") };
}

/** The text of the project's Pulumi.yaml; empty when it is gone. */
export function readPulumiYaml(root: string): string {
  return readProjectFile(join(root, "Pulumi.yaml"), "project file")?.toString("utf8") ?? "";
}

/** One scalar of a file that Pulumi itself checks: not worth a YAML parser at every start. */
function configFolderIn(text: string): string | undefined {
  const line = /^stackConfigDir:(.*)$/m.exec(text)?.[1];
  // Not one pattern for all of it, which would take time in the cube of a run of blanks.
  const [, quoted, bare] = /^(?:["']([^"']*)["']|([^"']*))$/.exec(line?.split("#", 1)[0]?.trim() ?? "") ?? [];
  return quoted ?? bare;
}

/**
 * The stack to work on: `--stack`, else `PULUMI_STACK`, else the only one that has a configuration file, else `dev`.
 *
 * @throws UserError when there are several and none of them is `dev`.
 */
export function stackName(project: Project, environment: Environment, named?: string): string {
  const name = named ?? setting(environment, "PULUMI_STACK");
  if (name !== undefined) return checkedName(name);
  const names = configuredStacks(project);
  if (names.length === 1 && names[0] !== undefined) return names[0];
  if (names.length === 0 || names.includes("dev")) return "dev";
  throw new UserError(`which stack? ${names.join(", ")}`, ["name it with --stack or PULUMI_STACK"]);
}

/** Pulumi.example.yaml shows what can be said of a stack and is none. */
const EXAMPLE = "example";

/** The stacks that have a file Pulumi.<stack>.yaml, sorted. */
export function configuredStacks(project: Project): readonly string[] {
  if (!existsSync(project.configFolder)) return [];
  return readdirSync(project.configFolder)
    .map((file) => /^Pulumi\.([^/]+)\.ya?ml$/.exec(file)?.[1])
    .filter((name): name is string => name !== undefined && name !== EXAMPLE && isName(name))
    .sort();
}

/** The vault's path: `--vault`, else `CLAWS_VAULT`, else vault.age in the project's root. */
export function vaultPath(
  from: string,
  environment: Environment,
  options: { readonly vault?: string; readonly cwd?: string },
): string {
  const named = options.vault ?? setting(environment, "CLAWS_VAULT");
  return named === undefined ? join(findProject(from, options.cwd).root, "vault.age") : resolve(from, named);
}

function nearestProject(from: string): string | undefined {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "Pulumi.yaml"))) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

/** Pulumi's own rule, plus the organization/project/stack form. */
function isName(name: string): boolean {
  const hasForm = /^(?:[A-Za-z0-9_.][A-Za-z0-9_.-]*\/){0,2}[A-Za-z0-9_.][A-Za-z0-9_.-]{0,99}$/.test(name);
  return hasForm && !/(?:^|\/)\.+(?:\/|$)/.test(name);
}

function checkedName(name: string): string {
  if (isName(name)) return name;
  throw new UserError(`"${name}" is not a stack name`, ["letters, digits, hyphens, underscores and periods"]);
}
