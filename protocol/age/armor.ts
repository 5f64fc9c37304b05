// SPDX-License-Identifier: Apache-2.0
import { AgeFailure } from "./ageFailure.ts";

const BEGIN = "-----BEGIN AGE ENCRYPTED FILE-----";
const END = "-----END AGE ENCRYPTED FILE-----";
const FULL_LINE = 64;

/**
 * Turns an armored age file into a binary one. White space around the whole and CRLF are allowed; inside, each line is full but the
 * last, and the base64 is canonical.
 *
 * @throws AgeFailure of kind `armor`
 */
export function removeArmor(file: Buffer): Buffer {
  const lines = file.toString("latin1").trim().replaceAll("\r\n", "\n").split("\n");
  if (lines.shift() !== BEGIN) throw malformed("it does not begin with its first line");
  if (lines.pop() !== END) throw malformed("it does not end with its last line");
  const last = lines.length - 1;
  const isEven = lines.every((line, index) => (index < last ? line.length === FULL_LINE : isLastLine(line)));
  if (!isEven) throw malformed("a line has another length");
  const text = lines.join("");
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text) throw malformed("it is not canonical base64");
  return bytes;
}

function isLastLine(line: string): boolean {
  return line.length > 0 && line.length <= FULL_LINE;
}

function malformed(cause: string): AgeFailure {
  return new AgeFailure("armor", cause);
}
