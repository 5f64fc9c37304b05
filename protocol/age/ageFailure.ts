// SPDX-License-Identifier: Apache-2.0

/**
 * Why an age file was not opened. The first four are those of the format's test vectors: `header` (its text breaks the grammar),
 * `no match` (none of the recipients is ours), `HMAC` (the header was changed), `payload` (the content was changed or cut off).
 * `identity` means that an identity itself cannot be read, `armor` that the text around the file breaks its grammar.
 */
export type AgeFailureKind = "header" | "no match" | "HMAC" | "payload" | "identity" | "armor";

/** An age file that was not opened. The message holds nothing of the file and nothing of an identity. */
export class AgeFailure extends Error {
  public readonly kind: AgeFailureKind;

  constructor(kind: AgeFailureKind, cause: string) {
    super(`${kind}: ${cause}`);
    this.name = "AgeFailure";
    this.kind = kind;
  }
}

/** Thrown before anything is computed: the file was made for a passphrase and wants more work than any honest writer asks for. */
export class TooMuchWork extends AgeFailure {
  public readonly highest: number;

  constructor(highest: number) {
    super("header", `its work factor is more than ${highest}`);
    this.name = "TooMuchWork";
    this.highest = highest;
  }
}
