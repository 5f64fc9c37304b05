// SPDX-License-Identifier: Apache-2.0

const ALPHABET = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L";
const CHECKSUM_LENGTH = 6;
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const;

/**
 * Decodes bech32 in upper case, as age writes identities. The limit of 90 characters that bech32 had for payments does not apply.
 *
 * @param prefix what stands before the separator `1`, in upper case.
 * @returns undefined when prefix, alphabet, checksum or the padding bits are wrong. The caller wipes the bytes.
 */
export function decodeBech32(text: string, prefix: string): Buffer | undefined {
  if (!text.startsWith(`${prefix}1`)) return undefined;
  const words = Array.from(text.slice(prefix.length + 1), (character) => ALPHABET.indexOf(character));
  if (words.length < CHECKSUM_LENGTH || words.includes(-1)) return undefined;
  if (checksum([...expand(prefix.toLowerCase()), ...words]) !== 1) return undefined;
  return toBytes(words.slice(0, -CHECKSUM_LENGTH));
}

/** Encodes bytes in bech32, in upper case like its prefix. */
export function encodeBech32(bytes: Uint8Array, prefix: string): string {
  const words = toWords(bytes);
  const sum = checksum([...expand(prefix.toLowerCase()), ...words, ...Array<number>(CHECKSUM_LENGTH).fill(0)]) ^ 1;
  const check = Array.from(
    { length: CHECKSUM_LENGTH },
    (_, index) => (sum >>> (5 * (CHECKSUM_LENGTH - 1 - index))) & 31,
  );
  return `${prefix}1${[...words, ...check].map((word) => ALPHABET.charAt(word)).join("")}`;
}

/** The prefix as it enters the checksum: the high bits of all characters, zero, the low bits. */
function expand(prefix: string): readonly number[] {
  const codes = [...Buffer.from(prefix, "latin1")];
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

function checksum(words: readonly number[]): number {
  let sum = 1;
  for (const word of words) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ word;
    // Without a branch for what may be a bit of an identity, and quick before anything is compiled.
    for (let bit = 0; bit < 5; bit += 1) sum ^= -((top >>> bit) & 1) & (GENERATOR[bit] ?? 0);
  }
  return sum;
}

/** Packs words of five bits into bytes. @returns undefined when the bits left over are a whole word or not zero */
function toBytes(words: readonly number[]): Buffer | undefined {
  const bytes = Buffer.alloc(Math.floor((words.length * 5) / 8));
  let bits = 0;
  let held = 0;
  let length = 0;
  for (const word of words) {
    held = ((held << 5) | word) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes[length] = held >>> bits;
    length += 1;
  }
  const isPadded = bits < 5 && (held & ((1 << bits) - 1)) === 0;
  return isPadded ? bytes : undefined;
}

/** Cuts bytes into words of five bits, the last one filled up with zeros. */
function toWords(bytes: Uint8Array): readonly number[] {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? []).map((word) => Number.parseInt(word.padEnd(5, "0"), 2));
}
