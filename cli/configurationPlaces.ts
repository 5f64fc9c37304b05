// SPDX-License-Identifier: Apache-2.0
import { UserError } from "./errors.ts";
import { findProject } from "./project.ts";
import { readStackFile, stackFilePath, type StackFile } from "./readStackFile.ts";
import type { Step, YamlPlaces } from "./yamlPlaces.ts";

const NAMESPACE = "office-claws";

/**
 * The program's complaint about its configuration, each line with the place in the stack's file that it is about. The program gets
 * values without places, so it cannot say them itself.
 */
export async function withPlaces(error: UserError, root: string, stackName: string): Promise<UserError> {
  const [first, ...problems] = error.message.split("\n");
  if (first?.startsWith("configuration:") !== true) return error;
  // A file that cannot be read was complained about before the engine started.
  const file = await ownFile(root, stackName).catch(() => undefined);
  if (file === undefined) return error;
  const lines = problems.map((problem) => placed(problem, file.places));
  return new UserError([`${first} in "${file.path}"`, ...lines].join("\n"), error.hints, error.exitCode);
}

async function ownFile(root: string, stackName: string): Promise<StackFile | undefined> {
  return await readStackFile(stackFilePath(findProject(root, root).configFolder, stackName));
}

/** @example `  agents[1].sise: unknown field` becomes `  line 12: agents[1].sise: unknown field` */
function placed(problem: string, places: YamlPlaces): string {
  const [, path, rest] = /^\s+([^\s:]+): (.*)$/s.exec(problem) ?? [];
  if (path === undefined || rest === undefined) return problem;
  const place = places.placeOf(["config", ...stepsOf(path), ...elementIn(rest)]);
  return place === undefined ? problem : `  line ${place.line}: ${path}: ${rest}`;
}

/** @example `agents[1].auth.header` is `office-claws:agents`, 1, `auth`, `header` */
function stepsOf(path: string): readonly Step[] {
  const [setting = "", ...steps] = path.split(/[.[]/);
  return [`${NAMESPACE}:${setting}`, ...steps.map((step) => (/^\d+\]$/.test(step) ? Number.parseInt(step) : step))];
}

/** A list's own problem names the element. */
function elementIn(rest: string): readonly Step[] {
  const [, index] = /^element (\d+) /.exec(rest) ?? [];
  return index === undefined ? [] : [Number(index)];
}
