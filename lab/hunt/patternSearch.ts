// SPDX-License-Identifier: Apache-2.0
import type { Pattern } from "./needleForms.ts";

/** A pattern and where it begins, in bytes from the start of the text. */
export interface Hit {
  readonly pattern: Pattern;
  readonly offset: number;
}

/** Looks for all patterns at once in text that comes in pieces. One for each text. */
export interface TextSearch {
  /** Takes the next piece, of any size, and returns the hits that it completes. The piece may be overwritten afterwards. */
  push(piece: Buffer): readonly Hit[];
}

/**
 * Prepares a search for many patterns. It looks at two bytes and skips ahead by as much as no pattern could begin in (Wu and Manber, 1994), so that the
 * cost of a text hardly depends on the number of patterns: a droplet's disk has gigabytes, and a key a dozen forms.
 * @throws when there is no pattern, or one shorter than two bytes.
 */
export function preparePatternSearch(patterns: readonly Pattern[]): () => TextSearch {
  const table = prepare(patterns);
  const longest = Math.max(...patterns.map(({ bytes }) => bytes.length));
  return () => {
    let kept = Buffer.alloc(0);
    let consumed = 0;
    return {
      push(piece) {
        const text = kept.length === 0 ? piece : Buffer.concat([kept, piece]);
        const start = consumed - kept.length;
        // What ends in the kept part was found with the piece before.
        const isNew = ({ pattern, offset }: Hit): boolean => offset + pattern.bytes.length > kept.length;
        const hits = search(table, text).filter(isNew);
        consumed += piece.length;
        kept = Buffer.from(text.subarray(Math.max(0, text.length - longest + 1)));
        return hits.map(({ pattern, offset }) => ({ pattern, offset: offset + start }));
      },
    };
  };
}

interface Table {
  /** Length of the shortest pattern: that many bytes at the start of each are what the skipping knows of. */
  readonly window: number;
  /** How far to skip, by the last two bytes of the window. */
  readonly skips: Uint16Array;
  /** Patterns whose window ends in those two bytes. */
  readonly candidates: ReadonlyMap<number, readonly Pattern[]>;
}

function prepare(patterns: readonly Pattern[]): Table {
  const window = Math.min(...patterns.map(({ bytes }) => bytes.length));
  if (patterns.length === 0 || window < 2)
    throw new Error("cannot search: there is no pattern, or one of a single byte");
  const skips = new Uint16Array(65_536).fill(Math.min(window - 1, 65_535));
  const candidates = new Map<number, Pattern[]>();
  for (const pattern of patterns) {
    for (let end = 1; end < window; end += 1) {
      const pair = pattern.bytes.readUInt16BE(end - 1);
      skips[pair] = Math.min(skips[pair] ?? 0, window - 1 - end);
    }
    const last = pattern.bytes.readUInt16BE(window - 2);
    candidates.set(last, [...(candidates.get(last) ?? []), pattern]);
  }
  return { window, skips, candidates };
}

function search({ window, skips, candidates }: Table, text: Buffer): readonly Hit[] {
  const hits: Hit[] = [];
  let end = window - 1;
  while (end < text.length) {
    const pair = ((text[end - 1] ?? 0) << 8) | (text[end] ?? 0);
    const skip = skips[pair] ?? 0;
    if (skip > 0) {
      end += skip;
      continue;
    }
    const offset = end - window + 1;
    for (const pattern of candidates.get(pair) ?? []) {
      const { bytes } = pattern;
      if (text.compare(bytes, 0, bytes.length, offset, Math.min(offset + bytes.length, text.length)) === 0) {
        hits.push({ pattern, offset });
      }
    }
    end += 1;
  }
  return hits;
}
