// SPDX-License-Identifier: Apache-2.0
import { UserError } from "./errors.ts";
import { Sensitive } from "../protocol/sensitive.ts";

const IDENTITY = /^AGE-SECRET-KEY-(?:PQ-)?1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]+$/;

/**
 * Reads the text of an age identity file: one identity a line; comments, blank lines, CRLF and a byte order mark are allowed.
 *
 * @param source where the text comes from, for the error: a path or the name of a variable. The text itself is never shown.
 * @throws UserError when a line is something else, or when there is no identity at all.
 */
export function parseIdentityFile(text: string, source: string): readonly Sensitive[] {
  const identities: Sensitive[] = [];
  for (const [index, raw] of text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    if (!IDENTITY.test(line))
      throw new UserError(`cannot read "${source}": line ${index + 1} ${whatIs(line)}`, hintsFor(line));
    identities.push(Sensitive.from(line));
  }
  if (identities.length === 0) throw new UserError(`cannot read "${source}": it holds no age identity`);
  return identities;
}

function whatIs(line: string): string {
  if (isEncrypted(line)) return "starts an encrypted file, not an age identity";
  if (line.startsWith("AGE-PLUGIN-")) return "is a plugin identity, which is not supported";
  if (line.startsWith("age1")) return "is a recipient (public), not an identity (private)";
  if (line.startsWith("-----BEGIN")) return "starts an SSH or PEM key, not an age identity";
  return "is not an age identity (AGE-SECRET-KEY-1...)";
}

function hintsFor(line: string): readonly string[] {
  if (isEncrypted(line)) return ['decrypt it when needed: CLAWS_AGE_KEY_CMD="age --decrypt FILE"'];
  if (line.startsWith("AGE-PLUGIN-")) return ["let a command print an AGE-SECRET-KEY-1 identity: CLAWS_AGE_KEY_CMD"];
  return [];
}

/** Whether the text starts as an age file does, binary or armored. */
export function isEncrypted(text: string): boolean {
  const start = text.trimStart();
  return start.startsWith("age-encryption.org/") || start.startsWith("-----BEGIN AGE ENCRYPTED FILE");
}
