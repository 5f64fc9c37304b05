// SPDX-License-Identifier: Apache-2.0
import * as files from "cctv-age";
import { inflateSync } from "node:zlib";

/** One of the age project's own test vectors: an age file and what a reader must say to it. */
export interface AgeVector {
  readonly name: string;
  /** `success`, or which part of the file is wrong. */
  readonly expect: string;
  /** SHA-256 of the content, hexadecimal; only for `success` it is the whole of it. */
  readonly payload: string | undefined;
  readonly identities: readonly string[];
  readonly passphrases: readonly string[];
  readonly armored: boolean;
  readonly file: Buffer;
}

/** All vectors of the package, sorted by name. */
export const ageVectors: readonly AgeVector[] = Object.entries<unknown>({ ...files })
  .filter((entry): entry is [string, Uint8Array] => ArrayBuffer.isView(entry[1]))
  .map(([name, bytes]) => readVector(name, Buffer.from(bytes)))
  .sort((a, b) => (a.name < b.name ? -1 : 1));

function readVector(name: string, bytes: Buffer): AgeVector {
  const end = bytes.indexOf("\n\n");
  const lines = bytes.toString("utf8", 0, end).split("\n");
  const all = (label: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`${label}: `)).map((line) => line.slice(label.length + 2));
  const body = bytes.subarray(end + 2);
  return {
    name,
    expect: all("expect")[0] ?? "",
    payload: all("payload")[0],
    identities: all("identity"),
    passphrases: all("passphrase"),
    armored: all("armored").includes("yes"),
    file: all("compressed").includes("zlib") ? inflateSync(body) : body,
  };
}
