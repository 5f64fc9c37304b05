// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { FILE_KEY_LENGTH, headerMac, NONCE_LENGTH, payloadKey } from "./fileKey.ts";
import type { Stanza } from "./header.ts";
import { encryptPayload } from "./payload.ts";

const LINE_BYTES = 48;

/**
 * Makes a binary age file.
 *
 * @param wrap gives the stanzas for the file's own key; it must not keep that key.
 */
export function writeAgeFile(wrap: (fileKey: Buffer) => readonly Stanza[], content: Uint8Array): Buffer {
  const fileKey = randomBytes(FILE_KEY_LENGTH);
  try {
    const covered = Buffer.from(`age-encryption.org/v1\n${wrap(fileKey).map(renderStanza).join("")}---`, "latin1");
    const mac = Buffer.from(` ${unpadded(headerMac(fileKey, covered))}\n`, "latin1");
    const nonce = randomBytes(NONCE_LENGTH);
    const key = payloadKey(fileKey, nonce);
    const payload = encryptPayload(key, content);
    key.fill(0);
    return Buffer.concat([covered, mac, nonce, payload]);
  } finally {
    fileKey.fill(0);
  }
}

/** The body stands in lines of 64 characters; the last one is shorter, if need be empty. */
function renderStanza({ type, args, body }: Stanza): string {
  const lines: string[] = [];
  for (let start = 0; start <= body.length; start += LINE_BYTES)
    lines.push(`${unpadded(body.subarray(start, start + LINE_BYTES))}\n`);
  return `-> ${[type, ...args].join(" ")}\n${lines.join("")}`;
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
