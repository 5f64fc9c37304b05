// SPDX-License-Identifier: Apache-2.0
// The inner loop of scrypt as WebAssembly with 128-bit vectors, written down instruction by instruction. Node's own scrypt
// keeps all of its table: 256 MiB at age's work factor, more than the whole process may take. A loop of our own can keep
// every other row and make the rest again, and with vectors that costs less time than OpenSSL's takes.

/** Bytes of the block that the loop mixes: 16 chunks of 64, as r = 8 makes them. */
export const BLOCK = 1024;

/** Mixes the XOR of two blocks into a third; all three are offsets into the memory, and the third is neither of the others. */
export type Mix = (from: number, xorWith: number, to: number) => void;

/** The loop, and the memory that it works on. */
export interface Mixer {
  readonly mix: Mix;
  readonly memory: ArrayBuffer;
}

/** What is used of it; the compiler's library for programs without a browser does not know it. */
declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
};

const CHUNK = 64;
const VECTOR = 16;
const VECTORS = [0, 1, 2, 3] as const;
const PAGE = 65_536;

type Code = readonly number[];

// Numbers as the format writes them: seven bits a byte, the last byte without the high bit.
function unsigned(value: number): Code {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}
function signed(value: number): Code {
  return value >= -64 && value < 64 ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)];
}
const withLength = (bytes: Code): Code => [...unsigned(bytes.length), ...bytes];

const get = (local: number): Code => [0x20, local];
const set = (local: number): Code => [0x21, local];
const constant = (value: number): Code => [0x41, ...signed(value)];
const vector = (operation: number): Code => [0xfd, ...unsigned(operation)];
const load = (offset: number): Code => [...vector(0), 0, ...unsigned(offset)];
const store = (offset: number): Code => [...vector(11), 0, ...unsigned(offset)];
const [xor, add, shiftLeft, shiftRight] = [vector(0x51), vector(0xae), vector(0xab), vector(0xad)];
const advance = (local: number, by: number): Code => [...get(local), ...constant(by), 0x6a, ...set(local)];

// Locals of the function: its arguments, the counter, the four vectors of a chunk, their values before the rounds, one to spare.
const [FROM, WITH, TO, COUNT] = [0, 1, 2, 3] as const;
const x = [4, 5, 6, 7] as const;
const before = [8, 9, 10, 11] as const;
const sum = 12;

/** `target ^= (a + b) rotated left`, on four words at once. */
function step(target: number, a: number, b: number, by: number): Code {
  const turned = [...get(sum), ...constant(by), ...shiftLeft, ...xor, ...get(sum), ...constant(32 - by), ...shiftRight];
  return [...get(a), ...get(b), ...add, ...set(sum), ...get(target), ...turned, ...xor, ...set(target)];
}

/** Moves the four words of a vector round by some places. */
function turn(local: number, places: number): Code {
  const lanes = VECTORS.flatMap((lane) => VECTORS.map((byte) => ((lane + places) % 4) * 4 + byte));
  return [...get(local), ...get(local), ...vector(13), ...lanes, ...set(local)];
}

/** Two rounds of Salsa20, on columns and on rows. The words lie in diagonals, so that both are the same four steps. */
const doubleRound: Code = [
  ...[...step(x[1], x[0], x[3], 7), ...step(x[2], x[1], x[0], 9)],
  ...[...step(x[3], x[2], x[1], 13), ...step(x[0], x[3], x[2], 18)],
  ...[...turn(x[1], 3), ...turn(x[2], 2), ...turn(x[3], 1)],
  ...[...step(x[3], x[0], x[1], 7), ...step(x[2], x[3], x[0], 9)],
  ...[...step(x[1], x[2], x[3], 13), ...step(x[0], x[1], x[2], 18)],
  ...[...turn(x[1], 1), ...turn(x[2], 2), ...turn(x[3], 3)],
];

const input = (offset: number): Code => [...get(FROM), ...load(offset), ...get(WITH), ...load(offset), ...xor];

/** One chunk: mixes the input at `from` into the running chunk and writes that to `to`. */
function mixChunk(from: number, to: number): Code {
  return [
    ...VECTORS.flatMap((k) => [...get(x[k]), ...input(from + VECTOR * k), ...xor, ...set(x[k])]),
    ...VECTORS.flatMap((k) => [...get(x[k]), ...set(before[k])]),
    ...[doubleRound, doubleRound, doubleRound, doubleRound].flat(),
    ...VECTORS.flatMap((k) => [...get(x[k]), ...get(before[k]), ...add, ...set(x[k])]),
    ...VECTORS.flatMap((k) => [...get(TO), ...get(x[k]), ...store(to + VECTOR * k)]),
  ];
}

/** Starts from the last chunk; even chunks go to the first half of the result, odd ones to the second. */
const body: Code = [
  ...VECTORS.flatMap((k) => [...input(BLOCK - CHUNK + VECTOR * k), ...set(x[k])]),
  ...[...constant(BLOCK / CHUNK / 2), ...set(COUNT), 0x03, 0x40],
  ...[...mixChunk(0, 0), ...mixChunk(CHUNK, BLOCK / 2)],
  ...[...advance(FROM, 2 * CHUNK), ...advance(WITH, 2 * CHUNK), ...advance(TO, CHUNK), ...advance(COUNT, -1)],
  ...[...get(COUNT), 0x0d, 0, 0x0b, 0x0b],
];

const section = (id: number, content: Code): Code => [id, ...withLength(content)];
const locals: Code = [2, 1, 0x7f, 9, 0x7b];
const name: Code = withLength([0x6d]);
const code = Uint8Array.from([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, [1, 0x60, 3, 0x7f, 0x7f, 0x7f, 0]),
  ...section(2, [1, ...name, ...name, 2, 0, 0]),
  ...section(3, [1, 0]),
  ...section(7, [1, ...name, 0, 0]),
  ...section(10, [1, ...withLength([...locals, ...body])]),
]);

/** Makes the loop and a memory of at least this many bytes for it. */
export function makeMixer(bytes: number): Mixer {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code), { m: { m: memory } });
  return { mix: exports["m"] as Mix, memory: memory.buffer };
}
