// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import path from "node:path";

/** One mounted filesystem. */
export interface Mount {
  readonly target: string;
  readonly type: string;
  /** Options of the filesystem itself, for example `name=systemd`. */
  readonly options: readonly string[];
}

/** Parses the text of `/proc/<pid>/mountinfo`, in the order of mounting. */
export function parseMountTable(text: string): readonly Mount[] {
  return text
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [before = "", after = ""] = line.split(" - ");
      const [type = "", , options = ""] = after.split(" ");
      return { target: unescapeOctal(before.split(" ")[4] ?? ""), type, options: options.split(",") };
    });
}

/** The mounts that this process sees. */
export async function readMountTable(): Promise<readonly Mount[]> {
  return parseMountTable(await readFile("/proc/self/mountinfo", "utf8"));
}

/** Mount points at or below a folder, the innermost and latest first: the order in which they can be taken off. */
export function mountsBelow(mounts: readonly Mount[], folder: string): readonly string[] {
  const isBelow = (target: string): boolean => target === folder || target.startsWith(`${folder}${path.sep}`);
  return mounts
    .map(({ target }) => target)
    .filter(isBelow)
    .reverse();
}

/** The kernel writes blanks and backslashes as `\040`: UTF-8 bytes, of which only these are ever escaped. */
function unescapeOctal(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
