// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** File of the recorded digests. */
export const digestsFile: string = fileURLToPath(new URL("./digests.json", import.meta.url));

/**
 * Recorded SHA-256 digests, release file name -> 64 hex digits. A release file that is listed here must match, whatever
 * its publisher's checksum file says by then.
 *
 * @throws when the file is no such table.
 */
export function readDigests(file: string = digestsFile): ReadonlyMap<string, string> {
  const value: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Error(`cannot read "${file}": not an object`);
  const digests = new Map<string, string>();
  for (const [name, digest] of Object.entries(value)) {
    if (typeof digest !== "string" || !/^[0-9a-f]{64}$/.test(digest)) {
      throw new Error(`cannot read "${file}": the digest of "${name}" is not 64 hex digits`);
    }
    digests.set(name, digest);
  }
  return digests;
}
