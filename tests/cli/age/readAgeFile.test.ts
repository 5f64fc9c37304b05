// SPDX-License-Identifier: Apache-2.0
import { armor, Encrypter, generateHybridIdentity, generateX25519Identity, identityToRecipient } from "age-encryption";
import fc from "fast-check";
import { randomBytes } from "node:crypto";
import { AgeFailure } from "../../../protocol/age/ageFailure.ts";
import { decryptAgeFile, type AgeKeys } from "../../../cli/age/decryptAgeFile.ts";
import { readAgeFile } from "../../../protocol/age/readAgeFile.ts";
import { readX25519Identity } from "../../../protocol/age/x25519Identity.ts";
import { Sensitive } from "../../../protocol/sensitive.ts";

const CHUNK = 64 * 1024;
const ours = await generateX25519Identity();
const other = await generateX25519Identity();
const identity = readX25519Identity(Sensitive.from(ours));
const stranger = readX25519Identity(Sensitive.from(other));

async function encrypt(content: Uint8Array, ...identities: readonly string[]): Promise<Buffer> {
  const encrypter = new Encrypter();
  for (const one of identities) encrypter.addRecipient(await identityToRecipient(one));
  return Buffer.from(await encrypter.encrypt(content));
}

function failureOf(work: () => unknown): AgeFailure | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof AgeFailure) return error;
    throw error;
  }
}

describe("reading an age file that another implementation wrote", () => {
  it.each([0, 1, 15, 16, 17, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1, 3 * CHUNK])(
    "gives back a content of %i bytes",
    async (size) => {
      const content = randomBytes(size);
      expect(readAgeFile([identity], await encrypt(content, ours)).equals(content)).toBe(true);
    },
  );

  it("gives back any content of any size", async () => {
    const sizes = fc.oneof(fc.nat(300), fc.integer({ min: CHUNK - 40, max: CHUNK + 40 }), fc.nat(3 * CHUNK));
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(255), async (size, byte) => {
        const content = Buffer.alloc(size, byte);
        expect(readAgeFile([identity], await encrypt(content, ours)).equals(content)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("finds its stanza among those of other recipients, with any of its identities", async () => {
    const content = Buffer.from("for several");
    const file = await encrypt(content, other, await generateX25519Identity(), ours);
    expect(readAgeFile([identity], file)).toEqual(content);
    expect(readAgeFile([stranger, identity], file)).toEqual(content);
    expect(failureOf(() => readAgeFile([readX25519Identity(Sensitive.from(ours))], Buffer.from(file)))).toBeUndefined();
  });

  it("opens nothing for a stranger or for nobody", async () => {
    const file = await encrypt(Buffer.from("secret"), ours);
    expect(failureOf(() => readAgeFile([stranger], file))?.kind).toBe("no match");
    expect(failureOf(() => readAgeFile([], file))?.kind).toBe("no match");
  });
});

describe("a damaged age file", () => {
  const content = Buffer.from("the content of a small vault");

  it("is refused whichever of its bits is flipped", async () => {
    const file = await encrypt(content, ours);
    const accepted: number[] = [];
    for (let bit = 0; bit < file.length * 8; bit += 1) {
      const changed = Buffer.from(file);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      if (failureOf(() => readAgeFile([identity], changed)) === undefined) accepted.push(bit);
    }
    expect(accepted).toEqual([]);
  });

  it("is refused wherever it is cut off, and with anything behind it", async () => {
    const file = await encrypt(content, ours);
    const accepted: number[] = [];
    for (let length = 0; length < file.length; length += 1)
      if (failureOf(() => readAgeFile([identity], file.subarray(0, length))) === undefined) accepted.push(length);
    expect(accepted).toEqual([]);
    for (const more of [1, 15, 16, 17, CHUNK, CHUNK + 16])
      expect(failureOf(() => readAgeFile([identity], Buffer.concat([file, Buffer.alloc(more)])))?.kind).toBe("payload");
  });

  it("is refused with any byte removed, doubled or replaced", async () => {
    const file = await encrypt(content, ours);
    const cut = fc.tuple(fc.nat(file.length - 1), fc.nat(3), fc.uint8Array({ maxLength: 3 }));
    fc.assert(
      fc.property(cut, ([at, removed, added]) => {
        const changed = Buffer.concat([file.subarray(0, at), added, file.subarray(at + removed)]);
        fc.pre(!changed.equals(file));
        expect(failureOf(() => readAgeFile([identity], changed))).toBeInstanceOf(AgeFailure);
      }),
      { numRuns: 2000 },
    );
  });

  it("of several chunks is refused when they are dropped, swapped, doubled or changed at a border", async () => {
    const file = await encrypt(randomBytes(3 * CHUNK + 100), ours);
    const sealed = CHUNK + 16;
    const start = file.length - (3 * sealed + 116);
    const head = file.subarray(0, start);
    const chunks = [0, 1, 2, 3].map((index) => file.subarray(start + index * sealed, start + (index + 1) * sealed));
    for (const order of [
      [],
      [0],
      [0, 1, 2],
      [1, 2, 3],
      [0, 2, 1, 3],
      [0, 1, 2, 2, 3],
      [0, 1, 3],
      [3],
      [0, 1, 2, 3, 3],
    ]) {
      const parts = order.map((index) => chunks[index] ?? Buffer.alloc(0));
      expect(failureOf(() => readAgeFile([identity], Buffer.concat([head, ...parts])))?.kind).toBe("payload");
    }
    for (const border of [0, 1, 2, 3].map((index) => start + index * sealed)) {
      for (const at of [border, border + 1, border + CHUNK - 1, border + CHUNK]) {
        if (at >= file.length) continue;
        const changed = Buffer.from(file);
        changed[at] = (changed[at] ?? 0) ^ 1;
        expect(failureOf(() => readAgeFile([identity], changed))?.kind).toBe("payload");
      }
    }
  });

  it("is refused when its stanzas, but not its MAC, were exchanged", async () => {
    const text = (await encrypt(content, ours)).toString("latin1");
    const added = text.replace("\n-> X25519", "\n-> X25519-grease x\n\n-> X25519");
    expect(failureOf(() => readAgeFile([identity], Buffer.from(added, "latin1")))?.kind).toBe("HMAC");
  });
});

describe("what our own reader does not know", () => {
  it("is left to the age-encryption package: armor and post-quantum identities, alone or among others", async () => {
    const content = Buffer.from("for all");
    const hybrid = await generateHybridIdentity();
    const classic = await encrypt(content, ours);
    const armored = Buffer.from(armor.encode(classic));
    const sensitive = (...identities: readonly string[]): AgeKeys => ({
      identities: identities.map((one) => Sensitive.from(one)),
    });
    expect(await decryptAgeFile(sensitive(ours), armored)).toEqual(content);
    expect(await decryptAgeFile(sensitive(hybrid), await encrypt(content, hybrid))).toEqual(content);
    expect(await decryptAgeFile(sensitive(hybrid, ours), classic)).toEqual(content);
    expect(await decryptAgeFile(sensitive(ours, hybrid), await encrypt(content, hybrid))).toEqual(content);
    await expect(decryptAgeFile(sensitive(ours), await encrypt(content, hybrid))).rejects.toThrow(
      "no identity matches",
    );
    await expect(decryptAgeFile(sensitive(hybrid), classic)).rejects.toThrow("no identity matches");
    await expect(decryptAgeFile(sensitive(hybrid), classic.subarray(0, -1))).rejects.toThrow(/no identity|damaged/);
  });

  it("says in words what cannot be opened", async () => {
    const sensitive = { identities: [Sensitive.from(ours)] };
    const cutOff = [
      Sensitive.from(ours.slice(0, -1)),
      Sensitive.from(ours.replace(/.$/, ours.endsWith("Q") ? "P" : "Q")),
    ];
    const file = await encrypt(Buffer.from("x"), ours);
    await expect(decryptAgeFile(sensitive, new Uint8Array())).rejects.toThrow(/^it is empty, not an age file$/);
    await expect(decryptAgeFile(sensitive, Buffer.from("hello"))).rejects.toThrow(/^it is not an age file$/);
    await expect(decryptAgeFile(sensitive, file.subarray(0, 100))).rejects.toThrow(/^it is damaged or cut off$/);
    for (const one of cutOff) {
      const error = await decryptAgeFile({ identities: [one] }, file).catch((thrown: unknown) => thrown);
      expect(String(error)).toContain("cannot use the age identity: its checksum is wrong");
      expect(String(error)).not.toContain(ours.slice(20, 40));
    }
  });
});
