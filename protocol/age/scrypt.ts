// SPDX-License-Identifier: Apache-2.0
import { pbkdf2Sync } from "node:crypto";
import { BLOCK, makeMixer, type Mix, type Mixer } from "./scryptMix.ts";

const WORDS = BLOCK / 4;
/** Where the last of the block's 16 chunks starts. */
const LAST_CHUNK = BLOCK - 64;
// The memory: three blocks to work in and one of zeros, then the rows of the table.
const [ZEROS, SPARE, ODD, EVEN, TABLE] = [0, BLOCK, 2 * BLOCK, 3 * BLOCK, 4 * BLOCK] as const;

/** The last run's memory, if it is still there: without it, two runs in a row would hold two tables until the next collection. */
let lastMixer: WeakRef<Mixer> | undefined;

/**
 * scrypt with r = 8 and p = 1, as age uses it: the same bytes as Node's, in half of its memory.
 *
 * @param workFactor binary logarithm of N: 18 takes 128 MiB.
 */
export function scrypt(passphrase: Uint8Array, salt: Uint8Array, workFactor: number, length: number): Buffer {
  const block = pbkdf2Sync(passphrase, salt, 1, BLOCK, "sha256");
  const rows = 2 ** workFactor / 2 + 1;
  const mixer = mixerOf(TABLE + rows * BLOCK);
  copyBlock(block, mixer, TABLE);
  const end = mixRows(mixer, workFactor);
  const view = new DataView(mixer.memory);
  for (let index = 0; index < WORDS; index += 1)
    block.writeUInt32LE(view.getUint32(end + 4 * diagonal(index), true), 4 * index);
  // Whoever has the first row or the last block needs no work any more to try passphrases, or none at all.
  new Uint8Array(mixer.memory, 0, TABLE + rows * BLOCK).fill(0);
  const derived = pbkdf2Sync(passphrase, block, 1, length, "sha256");
  block.fill(0);
  return derived;
}

function mixerOf(bytes: number): Mixer {
  const last = lastMixer?.deref();
  if (last !== undefined && last.memory.byteLength >= bytes) return last;
  const mixer = makeMixer(bytes);
  lastMixer = new WeakRef(mixer);
  return mixer;
}

function copyBlock(block: Buffer, { memory }: Mixer, at: number): void {
  const view = new DataView(memory);
  for (let index = 0; index < WORDS; index += 1)
    view.setUint32(at + 4 * diagonal(index), block.readUInt32LE(4 * index), true);
}

/** Where the loop keeps a word of the block: the words of each chunk lie in diagonals. */
function diagonal(index: number): number {
  return (index & ~15) | ((index * 13) & 15);
}

/** Fills the table with every other row, then mixes rows that the data itself picks. @returns where the result is */
function mixRows({ mix, memory }: Mixer, workFactor: number): number {
  const count = 2 ** workFactor;
  for (let row = TABLE; row < TABLE + (count / 2) * BLOCK; row += BLOCK) {
    mix(row, ZEROS, SPARE);
    mix(SPARE, ZEROS, row + BLOCK);
  }
  const words = new DataView(memory);
  let block = TABLE + (count / 2) * BLOCK;
  for (let round = 0; round < count; round += 1) {
    const next = round % 2 === 0 ? EVEN : ODD;
    mix(block, rowAt(words.getUint32(block + LAST_CHUNK, true) & (count - 1), mix), next);
    block = next;
  }
  return block;
}

/** A row of the table; an odd one is made again from the one before it. */
function rowAt(index: number, mix: Mix): number {
  const kept = TABLE + (index >>> 1) * BLOCK;
  if (index % 2 === 0) return kept;
  mix(kept, ZEROS, SPARE);
  return SPARE;
}
