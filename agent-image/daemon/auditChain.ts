// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { readAuditEntry, type AuditEntry } from "../../protocol/auditEntry.ts";
import { parseJson } from "../../protocol/parseJson.ts";

/** Link of the first line, which has none before it. */
export const FIRST_LINK = "0".repeat(64);

/** Hash of a line (without its line feed), which the next line carries as `previous`. */
export function linkOf(line: Uint8Array): string {
  return createHash("sha256").update(line).digest("hex");
}

/** The line of an entry, without its line feed. */
export function renderEntry(entry: AuditEntry): Buffer {
  return Buffer.from(JSON.stringify(entry), "utf8");
}

/** Reads a line. @throws ParseError */
export function parseEntry(line: Uint8Array): AuditEntry {
  return readAuditEntry(parseJson(line, { maxDepth: 4 }), "");
}

/** Where a chain stands. */
export interface ChainEnd {
  /** Sequence of the last entry; 0 for an empty log. */
  readonly sequence: number;
  readonly link: string;
}

/** Where an empty chain stands. */
export const EMPTY_CHAIN: ChainEnd = { sequence: 0, link: FIRST_LINK };

/** Takes the next line onto a chain. @throws Error when the line is not the one that must follow */
export function follow(end: ChainEnd, line: Uint8Array): { readonly end: ChainEnd; readonly entry: AuditEntry } {
  const sequence = end.sequence + 1;
  try {
    const entry = parseEntry(line);
    if (entry.sequence === sequence && entry.previous === end.link)
      return { end: { sequence, link: linkOf(line) }, entry };
  } catch {
    // Falls through: a line that cannot be read breaks the chain just as a changed one does.
  }
  throw new Error(
    `the chain breaks at line ${sequence}: move the file away to start a new one, and find out who changed it`,
  );
}
