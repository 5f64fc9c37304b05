// SPDX-License-Identifier: Apache-2.0

/**
 * Finds the SHA-256 digest of `file` in a publisher's checksum file: lines of `<64 hex digits>  <name>`, or a single
 * bare digest when the checksum file speaks of one file only.
 *
 * @throws when the text is malformed, names the file not at all, or names it with two different digests.
 */
export function findChecksum(text: string, file: string): string {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const [only] = lines;
  if (lines.length === 1 && only !== undefined && /^[0-9a-f]{64}$/i.test(only.trim())) return only.trim().toLowerCase();

  const digests = new Set<string>();
  for (const line of lines) {
    const { digest, name } = /^(?<digest>[0-9a-f]{64}) [ *](?<name>\S+)$/i.exec(line)?.groups ?? {};
    if (digest === undefined)
      throw new Error(`cannot read the checksum file: not a SHA-256 line: "${line.slice(0, 80)}"`);
    if (name === file) digests.add(digest.toLowerCase());
  }
  const [digest] = digests;
  if (digest === undefined) throw new Error(`cannot find "${file}" in the checksum file`);
  if (digests.size > 1) throw new Error(`cannot trust the checksum file: it has two digests for "${file}"`);
  return digest;
}
