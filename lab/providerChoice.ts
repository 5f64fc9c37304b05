// SPDX-License-Identifier: Apache-2.0
import { access, constants } from "node:fs/promises";
import path from "node:path";

/** The provider plugins that an agent's resources need. */
const plugins = ["digitalocean", "tailscale", "command"] as const;

/**
 * Says which provider plugins a search path leads to: official ones that are installed there, or the lab's stand-ins.
 * @returns one line, for example `stand-ins for digitalocean, tailscale, command`.
 */
export async function describeProviders(searchPath: string, standIns: string): Promise<string> {
  const found = await Promise.all(
    plugins.map(async (name) => {
      const folder = await findFolder(searchPath, `pulumi-resource-${name}`);
      return { name, isStandIn: folder !== undefined && path.resolve(folder) === path.resolve(standIns) };
    }),
  );
  const namesOf = (isStandIn: boolean): string =>
    found
      .filter((plugin) => plugin.isStandIn === isStandIn)
      .map(({ name }) => name)
      .join(", ");
  return [["official plugins", namesOf(false)] as const, ["stand-ins", namesOf(true)] as const]
    .flatMap(([kind, names]) => (names === "" ? [] : [`${kind} for ${names}`]))
    .join("; ");
}

/** The first folder of a search path that holds an executable file of the name. */
async function findFolder(searchPath: string, program: string): Promise<string | undefined> {
  for (const folder of searchPath.split(path.delimiter).filter(Boolean)) {
    const isThere = await access(path.join(folder, program), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return folder;
  }
  return undefined;
}
