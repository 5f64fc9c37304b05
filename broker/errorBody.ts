// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from "node:http";
import { pipeline, type Readable, type Transform } from "node:stream";
import { finished } from "node:stream/promises";
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";
import type { Scrub } from "./scrub.ts";

const LARGEST = 64 * 1024;
const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ["gzip", () => createGunzip()],
  ["br", () => createBrotliDecompress()],
  ["deflate", () => createInflate()],
  ["zstd", () => createZstdDecompress()],
]);
const WITHHELD = JSON.stringify({
  type: "error",
  error: {
    type: "broker_error",
    code: "body-withheld",
    message: "the provider's error text was too long or unreadable and is not shown",
  },
});

/**
 * The whole body of a provider's error answer, decoded and without any part of the key; a text of the broker's own in its place when the
 * body is longer than 64 KiB or cannot be decoded.
 * @throws Error when the provider cuts the connection before the end
 */
export async function readErrorBody(answer: IncomingMessage, scrub: Scrub): Promise<Buffer> {
  const coding = answer.headers["content-encoding"] ?? "identity";
  const decoder = DECODERS.get(coding);
  if (coding !== "identity" && decoder === undefined) return withhold(answer);
  const text = await collect(answer, decoder?.());
  return text === undefined ? withhold(answer) : Buffer.from(scrub(text), "utf8");
}

async function withhold(answer: IncomingMessage): Promise<Buffer> {
  // The rest must be read or the connection could not be used again; the cut of a broken one still shows.
  answer.resume();
  await finished(answer);
  return Buffer.from(WITHHELD);
}

async function collect(answer: IncomingMessage, decoder: Transform | undefined): Promise<string | undefined> {
  const source: Readable = decoder === undefined ? answer : pipeline(answer, decoder, () => undefined);
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of source.iterator({ destroyOnReturn: false })) {
      parts.push(part as Buffer);
      length += (part as Buffer).length;
      if (length > LARGEST) return undefined;
    }
  } catch (error) {
    if (decoder === undefined || !answer.complete) throw error;
    return undefined;
  }
  return Buffer.concat(parts).toString("utf8");
}
