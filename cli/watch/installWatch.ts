// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { text, type Values } from "../command.ts";
import type { Effects } from "../effects.ts";
import { configFolder, setting, type Environment } from "../environment.ts";
import { codeOf, ExitCode, failure, UserError } from "../errors.ts";
import { writeFileWhole } from "../fileWrite.ts";
import type { Selection } from "../selection.ts";
import { idIn, launchdLabel, MARK, renderLaunchdPlist, renderSystemdUnit } from "./serviceFile.ts";
import { unattendedEnvironment } from "./unattended.ts";
import { openWantedKeys } from "./wantedKeys.ts";

/**
 * Writes a service of this user that watches the stack, after trying that the vault opens with nobody there. It starts nothing.
 *
 * @throws UserError when the vault would need a person, when something else is in the file's place, or on a system without such services
 */
export async function installWatch(
  { project, stackName, vault }: Selection,
  values: Values,
  { environment, terminal, program }: Pick<Effects, "environment" | "terminal" | "program">,
  platform: NodeJS.Platform = process.platform,
): Promise<ExitCode> {
  const id = createHash("sha256").update(`${project.root}\0${stackName}`).digest("hex").slice(0, 8);
  const plainName = stackName.replaceAll("/", "-");
  const stack = isOfAnother(targetOn(platform, plainName, environment).path, id) ? `${plainName}-${id}` : plainName;
  const target = targetOn(platform, stack, environment);
  const { written, seen, left } = unattendedEnvironment(environment);
  refuseForeign(target.path);
  if (target.secrets === undefined || !existsSync(target.secrets))
    await tryUnattended({ ...vault, environment: seen }, target);
  const argv = [
    ...[
      ...program.map((word) => resolve(word)),
      "watch",
      "--cwd",
      project.root,
      "--stack",
      stackName,
      "--vault",
      resolve(vault.path),
    ],
    ...["agent", "interval"].flatMap((name) => {
      const value = text(values, name);
      return value === undefined ? [] : [`--${name}`, value];
    }),
  ];
  await writeService(target.path, target.render({ stack, id, argv, environment: written, secrets: target.secrets }));
  terminal.notice(`wrote ${target.path}`);
  for (const name of left)
    terminal.notice(`${name} is set here and was not written: the service must find it in ${secretPlaces(target)}`);
  for (const line of target.start) terminal.print(line);
  return ExitCode.done;
}

interface Target {
  readonly path: string;
  /** A file with further variables, of mode 0600, that the owner may make; launchd reads none. */
  readonly secrets: string | undefined;
  readonly render: typeof renderSystemdUnit;
  /** Commands that start it. */
  readonly start: readonly string[];
}

function targetOn(platform: NodeJS.Platform, stack: string, environment: Environment): Target {
  if (platform === "linux") {
    const name = `claws-watch-${stack}.service`;
    return {
      path: join(configFolder(environment), "systemd", "user", name),
      secrets: join(configFolder(environment), "office-claws", `watch-${stack}.env`),
      render: renderSystemdUnit,
      start: ["systemctl --user daemon-reload", `systemctl --user enable --now ${name}`, "loginctl enable-linger"],
    };
  }
  const home = setting(environment, "HOME");
  if (platform === "darwin" && home !== undefined) {
    const path = join(home, "Library", "LaunchAgents", `${launchdLabel(stack)}.plist`);
    return {
      path,
      secrets: undefined,
      render: renderLaunchdPlist,
      start: [`launchctl bootstrap gui/$(id -u) "${path}"`],
    };
  }
  throw new UserError(`there is no service of a user to write on ${platform}`, [
    "let the task scheduler run claws watch --once every few minutes",
  ]);
}

function secretPlaces({ secrets }: Target): string {
  return secrets === undefined ? "the vault or the keychain" : `the vault, the keychain or ${secrets}`;
}

async function tryUnattended(vault: Selection["vault"], target: Target): Promise<void> {
  await openWantedKeys(vault).catch((error: unknown) => {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(
      `nothing was written, because the service could not open the vault: ${error.message}`,
      [...error.hints, `the identity must be in a file, ${secretPlaces(target)}`],
      error.exitCode,
    );
  });
}

/** Whether the file watches another project's stack of that name, which must go on to be watched. */
function isOfAnother(path: string, id: string): boolean {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return false;
  const found = idIn(readFileSync(path, "utf8"));
  return found !== undefined && found !== id;
}

/** Only a file that an earlier run wrote is replaced. */
function refuseForeign(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (
    found.isFile() &&
    readFileSync(path, "utf8")
      .split("\n", 4)
      .some((line) => line.includes(MARK))
  )
    return;
  throw new UserError(`refusing to overwrite "${path}": claws did not write it`, ["move it away, then run this again"]);
}

async function writeService(path: string, content: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFileWhole(path, content);
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    throw failure(`cannot write "${path}": ${code}`);
  }
}
