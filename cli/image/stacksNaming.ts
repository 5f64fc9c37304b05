// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { failure, UserError } from "../errors.ts";
import { readProjectFile } from "../fileRead.ts";
import { configuredStacks, type Project } from "../project.ts";

/**
 * Tells which stacks of the project have an image's ID in their files or in the project's. It is looked for as a number anywhere in the text, comments too:
 * a mention too many keeps an image, one too few could delete it.
 *
 * @throws UserError when a file cannot be read
 */
export function stacksNaming(project: Project): (imageId: string) => readonly string[] {
  // What stands in Pulumi.yaml holds for all stacks, those without a file too.
  const everywhere = { stack: "all, by Pulumi.yaml", numbers: numbersOf([join(project.root, "Pulumi.yaml")]) };
  const own = configuredStacks(project).map((stack) => ({ stack, numbers: numbersIn(project, stack) }));
  const files = [...own, everywhere];
  return (imageId) => files.filter(({ numbers }) => numbers.has(imageId)).map(({ stack }) => stack);
}

function numbersIn({ configFolder }: Project, stack: string): ReadonlySet<string> {
  return numbersOf(["yaml", "yml"].map((ending) => join(configFolder, `Pulumi.${stack}.${ending}`)));
}

function numbersOf(paths: readonly string[]): ReadonlySet<string> {
  return new Set(paths.map(readIfThere).flatMap((text) => text.match(/\d+/g) ?? []));
}

function readIfThere(path: string): string {
  try {
    return readProjectFile(path, "configuration file")?.toString("utf8") ?? "";
  } catch (error) {
    throw error instanceof UserError ? failure(error.message, "which images it needs is not known") : error;
  }
}
