// SPDX-License-Identifier: Apache-2.0
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { concern, type Check, type Concern } from "../doctor.ts";
import { runEngine } from "../engine.ts";
import { setting, type Environment } from "../environment.ts";
import { failure, UserError } from "../errors.ts";
import { runGit } from "../git.ts";
import { askNode, checkNode } from "../nodeOnPath.ts";
import { asList, asObject, asText } from "../stackState.ts";
import type { DoctorWorld } from "./doctorWorld.ts";

const OLDEST_PULUMI = [3, 200] as const;
const PLUGINS = ["digitalocean", "tailscale", "command"] as const;

/** The programs that other commands run. */
export function programChecks({ effects }: DoctorWorld): readonly Check[] {
  const { environment, workingDirectory: folder } = effects;
  const group = "programs";
  return [
    { group, title: "node", run: async () => checkNode(await askNode(environment)) },
    {
      ...{ group, title: "pulumi" },
      run: async () => checkPulumi((await runEngine(["version"], { folder, environment })).stdout.trim()),
    },
    { group, title: "plugins", run: async () => await checkPlugins(environment, folder) },
    { group, title: "ssh", run: async () => await Promise.resolve(checkSsh(environment)) },
    { group, title: "git", run: async () => await checkGit(environment, folder) },
  ];
}

/** @throws UserError when the version cannot be read or is too old for executable policy packs */
export function checkPulumi(version: string): string {
  const [, major, minor] = /^v(\d+)\.(\d+)\./.exec(version) ?? [];
  if (Number(major) === OLDEST_PULUMI[0] && Number(minor) >= OLDEST_PULUMI[1]) return version;
  throw failure(
    `version ${version === "" ? "unknown" : version} is not one of ${OLDEST_PULUMI[0]}.${OLDEST_PULUMI[1]} or later`,
    "npm run toolchain",
  );
}

async function checkPlugins(environment: Environment, folder: string): Promise<string | Concern> {
  const listed = await runEngine(["plugin", "ls", "--json"], { folder, environment }).catch((error: unknown) => {
    // That there is no pulumi is the finding of another check.
    if (error instanceof UserError) return undefined;
    throw error;
  });
  const installed = listed?.code === 0 ? pluginsIn(listed.stdout) : [];
  const missing = PLUGINS.filter(
    (name) => !installed.includes(name) && !isOnPath(`pulumi-resource-${name}`, environment),
  );
  if (missing.length === 0) return PLUGINS.join(", ");
  const found = `${missing.join(", ")} not installed`;
  const fix = missing.map((name) => `pulumi plugin install resource ${name}`);
  if (setting(environment, "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION") === undefined)
    return concern(`${found} yet: the engine fetches them with the first update`, ...fix);
  throw failure(
    `${found}, and PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION keeps the engine from fetching them`,
    ...fix,
  );
}

function pluginsIn(stdout: string): readonly string[] {
  try {
    return asList(JSON.parse(stdout)).map((plugin) => asText(asObject(plugin)["name"]));
  } catch {
    return [];
  }
}

function isOnPath(program: string, environment: Environment): boolean {
  return (setting(environment, "PATH") ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Only claws ssh and claws logs run it. */
function checkSsh(environment: Environment): string | Concern {
  if (["ssh", "ssh.exe"].some((name) => isOnPath(name, environment))) return "is there";
  return concern("is not on the PATH: claws ssh and claws logs need it", "install OpenSSH's client");
}

/** Only those who keep their vault in Git need it. */
async function checkGit(environment: Environment, folder: string): Promise<string | Concern> {
  try {
    const { code, stdout } = await runGit(["--version"], { folder, environment });
    if (code === 0) return stdout.toString("utf8").trim();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  return concern("does not run: a vault in Git cannot be merged or compared", "install git");
}
