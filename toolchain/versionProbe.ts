// SPDX-License-Identifier: Apache-2.0
import { runProgram } from "./runProgram.ts";

/** Asks an executable for its version: "3.259.0", or undefined when it gives none that can be read strictly. */
export type VersionProbe = (file: string) => Promise<string | undefined>;

/** A version of three numbers. */
export type Version = readonly [major: number, minor: number, patch: number];

const probeLimit = 20_000;

/** A probe that runs the program with `args` and matches the first line of its output against `pattern`'s first group. */
export function commandProbe(args: readonly string[], pattern: RegExp): VersionProbe {
  return async (file) => {
    const environment = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "1" };
    const { ok, output } = await runProgram(file, args, { limit: probeLimit, environment });
    return ok ? pattern.exec(output.split("\n", 1)[0] ?? "")?.[1] : undefined;
  };
}

/** Parses "1.2.3"; anything else, also a pre-release, is undefined. */
export function parseVersion(text: string): Version | undefined {
  const match = /^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$/.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3])];
}

/** Compares two versions: negative when `a` is older, positive when it is newer. */
export function compareVersions(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** True when `first` <= `text` < `end`. Text that is no version is in no range. */
export function isWithin(text: string, first: Version, end: Version): boolean {
  const version = parseVersion(text);
  return version !== undefined && compareVersions(version, first) >= 0 && compareVersions(version, end) < 0;
}
