// SPDX-License-Identifier: Apache-2.0
import { AgeFailure } from "./ageFailure.ts";
import { decodeCanonicalBase64 } from "./canonicalBase64.ts";

const VERSION_LINE = "age-encryption.org/v1";
const STANZA_LINE = /^->(?: [\x21-\x7e]+)+$/;
const MAC_MARK = "---";
const MAC_LINE = /^--- ([A-Za-z0-9+/]{43})$/;
const FULL_LINE = 64;
const LINE_FEED = 0x0a;
/** Each may cost an agreement of keys: a file of a few megabytes could hold a minute's worth. */
const MAX_STANZAS = 1000;

/** The part of a header that is meant for one recipient, or for nobody. */
export interface Stanza {
  readonly type: string;
  /** What follows the type on the same line. */
  readonly args: readonly string[];
  readonly body: Buffer;
}

/** A header as it stands in the file; nothing of it is verified yet. */
export interface Header {
  readonly stanzas: readonly Stanza[];
  /** The bytes that the MAC covers. */
  readonly covered: Buffer;
  readonly mac: Buffer;
  /** Where the payload starts. */
  readonly length: number;
}

/** Reads the header at the start of a binary age file. @throws AgeFailure of kind `header` for anything outside the grammar */
export function parseHeader(file: Buffer): Header {
  const lines = new LineReader(file);
  if (lines.next() !== VERSION_LINE) throw malformed("the first line is not the one of version 1");
  const stanzas: Stanza[] = [];
  for (;;) {
    const start = lines.offset;
    const line = lines.next();
    if (STANZA_LINE.test(line)) {
      if (stanzas.length === MAX_STANZAS) throw malformed("there are too many stanzas");
      stanzas.push(readStanza(line, lines));
      continue;
    }
    const mac = decodeCanonicalBase64(MAC_LINE.exec(line)?.[1] ?? "-");
    if (mac === undefined) throw malformed("a line is neither a stanza nor the MAC");
    if (stanzas.length === 0) throw malformed("there is no stanza");
    return { stanzas, covered: file.subarray(0, start + MAC_MARK.length), mac, length: lines.offset };
  }
}

function readStanza(line: string, lines: LineReader): Stanza {
  const [, type = "", ...args] = line.split(" ");
  const parts: Buffer[] = [];
  for (;;) {
    const text = lines.next();
    const part = text.length > FULL_LINE ? undefined : decodeCanonicalBase64(text);
    if (part === undefined) throw malformed("a stanza's body is not canonical base64 in lines of 64");
    parts.push(part);
    // A body whose last line is full ends with an empty one.
    if (text.length < FULL_LINE) return { type, args, body: Buffer.concat(parts) };
  }
}

class LineReader {
  readonly #file: Buffer;
  offset = 0;

  constructor(file: Buffer) {
    this.#file = file;
  }

  next(): string {
    const end = this.#file.indexOf(LINE_FEED, this.offset);
    if (end === -1) throw malformed("it is cut off");
    const line = this.#file.toString("latin1", this.offset, end);
    this.offset = end + 1;
    return line;
  }
}

function malformed(cause: string): AgeFailure {
  return new AgeFailure("header", cause);
}
