// SPDX-License-Identifier: Apache-2.0
// The age project's own vectors: a reader that follows the format gives its verdict on each of them.
import { createHash } from "node:crypto";
import { AgeFailure } from "../../../protocol/age/ageFailure.ts";
import { decryptAgeFile } from "../../../cli/age/decryptAgeFile.ts";
import { readOtherAgeFile, removeArmor } from "../../../cli/age/otherAgeFile.ts";
import { readAgeFile } from "../../../protocol/age/readAgeFile.ts";
import { readX25519Identity } from "../../../protocol/age/x25519Identity.ts";
import { UserError } from "../../../cli/errors.ts";
import { Sensitive } from "../../../protocol/sensitive.ts";
import { ageVectors, type AgeVector } from "../../support/ageVectors.ts";

const isPlain = ({ identities, passphrases }: AgeVector): boolean =>
  passphrases.length === 0 && identities.every((identity) => identity.startsWith("AGE-SECRET-KEY-1"));
const ours = ageVectors.filter(isPlain);
const others = ageVectors.filter((vector) => !isPlain(vector));

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function verdict(work: () => Buffer | Promise<Buffer>): Promise<string> {
  try {
    return `success ${sha256(await work())}`;
  } catch (error) {
    if (error instanceof AgeFailure) return error.kind === "no match" ? error.kind : `${error.kind} failure`;
    throw error;
  }
}

function expected({ expect: kind, payload }: AgeVector): string {
  return kind === "success" ? `success ${payload ?? ""}` : kind;
}

describe("the age vectors", () => {
  it("are all there, most of them for our own reader", () => {
    expect({ all: ageVectors.length, ours: ours.length, others: others.length }).toEqual({
      all: 143,
      ours: 98,
      others: 45,
    });
    expect(new Set(ageVectors.map((vector) => vector.expect))).toEqual(
      new Set(["success", "no match", "HMAC failure", "header failure", "armor failure", "payload failure"]),
    );
  });

  it.each(ours.map((vector) => [vector.name, vector] as const))("get our reader's verdict: %s", async (_, vector) => {
    const read = (): Buffer => {
      const file = vector.armored ? removeArmor(vector.file) : vector.file;
      return readAgeFile(
        vector.identities.map((identity) => readX25519Identity(Sensitive.from(identity))),
        file,
      );
    };
    expect(await verdict(read)).toBe(expected(vector));
  });

  it.each(others.map((vector) => [vector.name, vector] as const))(
    "that need the age-encryption package get its verdict: %s",
    async (_, vector) => {
      const read = async (): Promise<Buffer> => {
        const file = vector.armored ? removeArmor(vector.file) : vector.file;
        const identities = vector.identities.map((identity) => Sensitive.from(identity));
        return await readOtherAgeFile(identities, file, vector.passphrases);
      };
      // The package does not tell which part of a file is wrong.
      const wanted = expected(vector).replace("header failure", "payload failure");
      expect(await verdict(read)).toBe(wanted);
    },
  );

  it.each(
    ageVectors.filter(({ passphrases }) => passphrases.length === 0).map((vector) => [vector.name, vector] as const),
  )("open, or are refused in words, by the one function that the vault uses: %s", async (_, vector) => {
    const identities = vector.identities.map((identity) => Sensitive.from(identity));
    const words = await decryptAgeFile(identities, vector.file).then(
      (content) => `success ${sha256(content)}`,
      (error: unknown) => (error instanceof UserError ? error.message : "another error"),
    );
    expect(words).toMatch(wordsFor(vector));
  });
});

function wordsFor(vector: AgeVector): RegExp {
  if (vector.expect === "success") return new RegExp(`^${expected(vector)}$`);
  return vector.expect === "no match"
    ? /^no identity matches its recipients$/
    : /^it is (?:damaged or cut off|not an age file|empty, not an age file)$/;
}
