// SPDX-License-Identifier: Apache-2.0
import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { codeOf, UserError } from "./errors.ts";

/** What {@link readGuardedFile} insists on, besides a regular file that belongs to this user. */
export interface FileGuard {
  /** The noun for messages: `vault`, `identity file`. */
  readonly what: string;
  /** Permission bits that must not be set: 0o022 for a file that others may read, 0o077 for one that nobody else may. */
  readonly forbidden: number;
  /** Largest size in bytes. */
  readonly limit: number;
  /** A symbolic link is followed instead of refused. */
  readonly followLink?: boolean;
  /** It may belong to somebody else, as files of a shared checkout do. */
  readonly anyOwner?: true;
  /** Windows has other rights than the bits of a mode. @default this system */
  readonly platform?: NodeJS.Platform;
}

/**
 * Reads a whole small file after checking, on the open descriptor, that it is what it seems.
 *
 * @returns the bytes, or undefined when nothing is there.
 * @throws UserError for a symbolic link, FIFO, folder, device, foreign owner, loose permissions or a file over the limit.
 */
export function readGuardedFile(path: string, guard: FileGuard): Buffer | undefined {
  const stats = statOrUndefined(path);
  if (stats === undefined) return undefined;
  if (stats.isSymbolicLink() && guard.followLink !== true) {
    throw new UserError(`cannot use ${guard.what} "${path}": it is a symbolic link`, [
      "give the path of the file itself",
    ]);
  }
  const file = openFile(path, guard);
  if (file === undefined) return undefined;
  try {
    checkStats(path, fstatSync(file), guard);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Reads a file of a project, which came with a clone: it may be anybody's and a link, but no device that never ends, and has at most 1 MiB.
 *
 * @param what the noun for messages
 * @returns the bytes, or undefined when nothing is there.
 * @throws UserError as {@link readGuardedFile} does.
 */
export function readProjectFile(path: string, what: string): Buffer | undefined {
  return readGuardedFile(path, { what, forbidden: 0, limit: 1024 * 1024, followLink: true, anyOwner: true });
}

function openFile(path: string, { what, followLink }: FileGuard): number | undefined {
  // Without O_NONBLOCK, opening a FIFO that took the place of the file would wait for ever.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (followLink === true ? 0 : constants.O_NOFOLLOW);
  try {
    return openSync(path, flags);
  } catch (error) {
    // Somebody removed it meanwhile. A link that leads nowhere is still there.
    if (codeOf(error) === "ENOENT" && followLink !== true) return undefined;
    throw new UserError(`cannot open ${what} "${path}": ${codeOf(error) ?? "unknown cause"}`);
  }
}

function statOrUndefined(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw new UserError(`cannot open "${path}": ${codeOf(error) ?? "unknown cause"}`);
  }
}

function checkStats(path: string, stats: Stats, guard: FileGuard): void {
  const refuse = (cause: string, ...hints: string[]): never => {
    throw new UserError(`cannot use ${guard.what} "${path}": ${cause}`, hints);
  };
  if (!stats.isFile()) refuse("it is not a regular file");
  const user = process.getuid?.();
  const isForeign = user !== undefined && stats.uid !== user && user !== 0;
  if (isForeign && guard.anyOwner !== true) refuse(`it belongs to user ${stats.uid}, not to you`);
  if ((guard.platform ?? process.platform) !== "win32" && (stats.mode & guard.forbidden) !== 0) {
    refuse(
      `its mode is ${(stats.mode & 0o777).toString(8)}, so other users can ${(guard.forbidden & 0o044) === 0 ? "change" : "read or change"} it`,
      `chmod 600 "${path}"`,
    );
  }
  if (stats.size > guard.limit) refuse(`it has ${stats.size} bytes, more than the limit of ${guard.limit}`);
}
