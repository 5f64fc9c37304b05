// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { scryptSync } from "node:crypto";
import { scrypt } from "../../../protocol/age/scrypt.ts";
import { BLOCK, makeMixer } from "../../../protocol/age/scryptMix.ts";

function nodes(passphrase: Uint8Array, salt: Uint8Array, workFactor: number, length: number): Buffer {
  return scryptSync(passphrase, salt, length, { N: 2 ** workFactor, r: 8, p: 1, maxmem: 2 ** 30 });
}

interface Memory {
  readonly buffer: ArrayBuffer;
}
interface Loader {
  Memory: new (size: object) => Memory;
}
const { WebAssembly: loader } = globalThis as unknown as { readonly WebAssembly: Loader };

describe("our scrypt", () => {
  it("leaves nothing of the passphrase's table in its memory, nor the block that the key is made of", () => {
    const made: Memory[] = [];
    const { Memory: real } = loader;
    loader.Memory = class extends real {
      constructor(size: object) {
        super(size);
        made.push(this);
      }
    };
    // The first run of this file makes the memory.
    scrypt(Buffer.from("correct horse"), Buffer.from("battery staple"), 10, 32);
    loader.Memory = real;
    expect(made.map(({ buffer }) => buffer.byteLength)).toEqual([9 * 65_536]);
    expect(made.map(({ buffer }) => Buffer.from(buffer).every((byte) => byte === 0))).toEqual([true]);
  });

  it.each([1, 2, 3, 4, 5, 9, 10, 14, 16])("gives the bytes of Node's own at work factor %i", (workFactor) => {
    const [passphrase, salt] = [Buffer.from("correct horse"), Buffer.from("battery staple")];
    expect(scrypt(passphrase, salt, workFactor, 32)).toEqual(nodes(passphrase, salt, workFactor, 32));
  });

  it("does so at the work factor that vaults have", () => {
    const [passphrase, salt] = [Buffer.from("pässphrase"), Buffer.alloc(44, 7)];
    expect(scrypt(passphrase, salt, 18, 32)).toEqual(nodes(passphrase, salt, 18, 32));
  });

  it("does so for any passphrase, salt and length", () => {
    const bytes = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(bytes, bytes, fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 80 }), (...given) => {
        expect(scrypt(...given)).toEqual(nodes(...given));
      }),
      { numRuns: 300 },
    );
  });

  it("does not mix up two runs in the same memory, of the same and of another size", () => {
    const [one, other, salt] = [Buffer.from("one"), Buffer.from("other"), Buffer.from("salt")];
    for (const workFactor of [8, 8, 5, 9, 8])
      for (const passphrase of [one, other])
        expect(scrypt(passphrase, salt, workFactor, 32)).toEqual(nodes(passphrase, salt, workFactor, 32));
  });

  it("keeps half of the table that Node keeps", () => {
    const before = process.memoryUsage().rss;
    scrypt(Buffer.from("x"), Buffer.from("y"), 18, 32);
    // Node's own takes 256 MiB at once.
    expect(process.memoryUsage().rss - before).toBeLessThan(160 * 1024 * 1024);
  });
});

describe("the loop", () => {
  it("has a memory of whole pages, at least as large as asked for", () => {
    expect(makeMixer(1).memory.byteLength).toBe(65_536);
    expect(makeMixer(65_537).memory.byteLength).toBe(131_072);
  });

  it("mixes the XOR of its two inputs and writes nothing but the result", () => {
    const { mix, memory } = makeMixer(8 * BLOCK);
    const block = (at: number): Uint8Array => new Uint8Array(memory, at * BLOCK, BLOCK);
    for (const at of [0, 1, 2]) block(at).set(Array.from({ length: BLOCK }, (_, index) => (index * (at + 3)) & 255));
    const inputs = Buffer.from(new Uint8Array(memory, 0, 3 * BLOCK));
    block(3).set(block(0).map((byte, index) => byte ^ (block(1)[index] ?? 0)));
    mix(0, BLOCK, 4 * BLOCK);
    mix(3 * BLOCK, 7 * BLOCK, 5 * BLOCK);
    expect(Buffer.from(block(4)).equals(Buffer.from(block(5)))).toBe(true);
    expect(Buffer.from(new Uint8Array(memory, 0, 3 * BLOCK)).equals(inputs)).toBe(true);
    expect(block(6).every((byte) => byte === 0)).toBe(true);
  });
});
