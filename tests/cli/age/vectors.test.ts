// SPDX-License-Identifier: Apache-2.0
// The age project's own vectors: a reader that follows the format gives its verdict on each of them.
import { createHash } from "node:crypto";
import { AgeFailure } from "../../../protocol/age/ageFailure.ts";
import { removeArmor } from "../../../protocol/age/armor.ts";
import { readAgeFile } from "../../../protocol/age/readAgeFile.ts";
import { PassphraseIdentity } from "../../../protocol/age/scryptStanza.ts";
import { readX25519Identity } from "../../../protocol/age/x25519Identity.ts";
import { decryptAgeFile, openAgeFile, type AgeKeys } from "../../../cli/age/decryptAgeFile.ts";
import { UserError } from "../../../cli/errors.ts";
import { Sensitive } from "../../../protocol/sensitive.ts";
import { ageVectors, type AgeVector } from "../../support/ageVectors.ts";

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

/** One vector has several passphrases; each is tried on its own, as nothing of ours takes more than one. */
function keysOf({ identities, passphrases }: AgeVector): readonly AgeKeys[] {
  const own = identities.map((identity) => Sensitive.from(identity));
  if (passphrases.length === 0) return [{ identities: own }];
  return passphrases.map((one) => ({ identities: own, passphrase: new PassphraseIdentity(Sensitive.from(one)) }));
}

function binary({ armored, file }: AgeVector): Buffer {
  return armored ? removeArmor(file) : file;
}

const named = (vectors: readonly AgeVector[]): readonly (readonly [string, AgeVector])[] =>
  vectors.map((vector) => [vector.name, vector]);

describe("the age vectors", () => {
  it("are all there, of every kind", () => {
    expect(ageVectors).toHaveLength(143);
    expect(new Set(ageVectors.map((vector) => vector.expect))).toEqual(
      new Set(["success", "no match", "HMAC failure", "header failure", "armor failure", "payload failure"]),
    );
    const withPassphrase = ageVectors.filter(({ passphrases }) => passphrases.length > 0);
    const withHybrid = ageVectors.filter(({ identities }) => identities.some((one) => one.includes("-PQ-")));
    expect(withPassphrase.length).toBeGreaterThan(20);
    expect(withHybrid.length).toBeGreaterThan(10);
  });

  it.each(named(ageVectors))("get our reader's verdict: %s", async (_, vector) => {
    const verdicts = await Promise.all(
      keysOf(vector).map((keys) => verdict(async () => await openAgeFile(keys, binary(vector)))),
    );
    expect(verdicts.find((one) => one !== "no match") ?? "no match").toBe(expected(vector));
  });

  it.each(
    named(
      ageVectors.filter(
        ({ passphrases, identities }) =>
          passphrases.length === 0 && identities.every((one) => one.startsWith("AGE-SECRET-KEY-1")),
      ),
    ),
  )("get the verdict of the reader that the daemon has, too: %s", async (_, vector) => {
    const identities = vector.identities.map((identity) => readX25519Identity(Sensitive.from(identity)));
    expect(await verdict(() => readAgeFile(identities, binary(vector)))).toBe(expected(vector));
  });

  it.each(named(ageVectors))(
    "open, or are refused in words, by the function that the vault uses: %s",
    async (_, vector) => {
      const words = await Promise.all(
        keysOf(vector).map((keys) =>
          decryptAgeFile(keys, vector.file).then(
            (content) => `success ${sha256(content)}`,
            (error: unknown) => (error instanceof UserError ? error.message : "another error"),
          ),
        ),
      );
      expect(words.some((one) => wordsFor(vector).test(one))).toBe(true);
      expect(words).not.toContain("another error");
    },
  );
});

function wordsFor(vector: AgeVector): RegExp {
  if (vector.expect === "success") return new RegExp(`^${expected(vector)}$`);
  if (vector.expect === "no match") return /^(?:no identity matches its recipients|the passphrase is wrong)$/;
  return /^(?:it is (?:damaged or cut off|not an age file|empty, not an age file)|its passphrase's work factor is above 20, .*)$/;
}
