// SPDX-License-Identifier: Apache-2.0
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * Folder of the toolchain's cache: `$CLAWS_CACHE/toolchain`, else `$XDG_CACHE_HOME/office-claws/toolchain`, else
 * `~/.cache/office-claws/toolchain`.
 *
 * @throws when CLAWS_CACHE is a relative path, which would mean another folder in each working directory.
 */
export function toolchainCache(environment: NodeJS.ProcessEnv = process.env): string {
  const own = environment["CLAWS_CACHE"] ?? "";
  if (own !== "") {
    if (!isAbsolute(own)) throw new Error(`cannot use CLAWS_CACHE "${own}": it must be an absolute path`);
    return join(own, "toolchain");
  }
  const shared = environment["XDG_CACHE_HOME"] ?? "";
  const base = isAbsolute(shared) ? shared : join(environment["HOME"] ?? homedir(), ".cache");
  return join(base, "office-claws", "toolchain");
}
