// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { concern, type Concern } from "../doctor.ts";

/**
 * Whether keys that are in memory here could be written to a disk in the clear: swap that is neither in memory (zram) nor encrypted.
 *
 * @param root - Where /proc and /sys are; a test's own.
 */
export function checkSwap(platform: NodeJS.Platform, root = "/"): string | Concern {
  if (platform === "darwin") return "macOS encrypts it";
  if (platform !== "linux") return concern(`not looked at on ${platform}`);
  const table = read(join(root, "proc", "swaps"));
  if (table === undefined) return concern("not looked at: /proc/swaps cannot be read");
  const areas = table
    .split("\n")
    .slice(1)
    .flatMap((line) => /^(\S+)/.exec(line)?.[1] ?? []);
  const plain = areas.filter((area) => !isInMemory(area) && !isEncrypted(area, root));
  if (areas.length === 0) return "none";
  if (plain.length === 0) return `${areas.join(", ")}: encrypted or in memory`;
  return concern(
    `${plain.join(", ")} may hold what was in memory, keys too, in the clear`,
    "encrypt it with a random key at each boot (crypttab: swap), or swapoff",
  );
}

function isInMemory(area: string): boolean {
  return /^\/dev\/zram\d+$/.test(area);
}

/** A file is as safe as its file system, which is not looked at. */
function isEncrypted(area: string, root: string): boolean {
  if (!/^\/dev\/dm-\d+$/.test(area)) return false;
  return read(join(root, "sys", "block", basename(area), "dm", "uuid"))?.startsWith("CRYPT-") === true;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
