// SPDX-License-Identifier: Apache-2.0

/** What each exit code of `claws` promises to a script. */
export const ExitCode = {
  /** Everything asked for is done. */
  done: 0,
  /** Something went wrong on the way; the text says how far it came. */
  failed: 1,
  /** Wrong use or configuration: nothing was changed. */
  usage: 2,
  /** Done for some agents, not for others; a table says which. */
  partly: 3,
  /** A policy rule or an invariant refused it. */
  policy: 4,
  /** Stopped by the user (128 + SIGINT). */
  interrupted: 130,
} as const;

/** One of the values of {@link ExitCode}. */
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/**
 * A failure that the user can act on: printed as one `error:` line and its `hint:` lines, never with a stack.
 * The text starts in lower case, has no final period and never holds a secret value.
 */
export class UserError extends Error {
  public readonly hints: readonly string[];
  public readonly exitCode: ExitCode;

  /** `exitCode` defaults to 2, because most of what a user can act on is wrong use or configuration. */
  constructor(message: string, hints: readonly string[] = [], exitCode: ExitCode = ExitCode.usage) {
    super(message);
    this.name = "UserError";
    this.hints = hints;
    this.exitCode = exitCode;
  }
}

/** The same kind of failure after something was tried or changed: exit code 1. */
export function failure(message: string, ...hints: string[]): UserError {
  return new UserError(message, hints, ExitCode.failed);
}

/** Thrown when the user's first Ctrl-C stopped the work; `done` says what is finished and what is not. */
export class Interrupted extends UserError {
  constructor(done: string, ...hints: string[]) {
    super(`interrupted: ${done}`, hints, ExitCode.interrupted);
    this.name = "Interrupted";
  }
}

/** The system's code of an error (`ENOENT`, `ECONNREFUSED`), or undefined when it has none. */
export function codeOf(error: unknown): string | undefined {
  // Not by class: an error from another realm has another Error.
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  if (typeof error.code !== "string") return undefined;
  return isQuota(error.code) ? "EDQUOT" : error.code;
}

/** The one error of a write for which Node has no name. */
function isQuota(code: string): boolean {
  return code === `Unknown system error -${process.platform === "linux" ? 122 : 69}`;
}

const CAUSES: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EDQUOT: "your disk quota is used up",
  EFBIG: "the file would become larger than allowed",
  EIO: "the disk reports an error",
  ENOENT: "the folder does not exist",
  ENOSPC: "the disk is full",
  EPERM: "permission denied",
  EROFS: "the disk is read-only",
};

/** What the code of a failed write means, with the code; an unknown code as it is. */
export function causeInWords(code: string): string {
  return Object.hasOwn(CAUSES, code) ? `${CAUSES[code] ?? ""} (${code})` : code;
}
