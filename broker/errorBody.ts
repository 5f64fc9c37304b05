// SPDX-License-Identifier: Apache-2.0
import type { AnswerHead } from "./answerHead.ts";
import { headerValue } from "./responseHeaders.ts";
import type { Scrub } from "./scrub.ts";

const LARGEST = 64 * 1024;
const WITHHELD = JSON.stringify({
  type: "error",
  error: {
    type: "broker_error",
    code: "body-withheld",
    message: "the provider's error text was too long or unreadable and is not shown",
  },
});

/** The body of a provider's error answer, gathered until it is whole: a key may stand across any two parts of it. */
export class ErrorBody {
  readonly head: AnswerHead;
  readonly #parts: Buffer[] = [];
  #length = 0;

  constructor(head: AnswerHead) {
    this.head = head;
  }

  /** Adds a part; beyond 64 KiB nothing is kept. */
  push(part: Buffer): void {
    this.#length += part.length;
    if (this.#length > LARGEST) this.#parts.length = 0;
    else this.#parts.push(part);
  }

  /**
   * The whole body, decoded and without any part of the key; a text of the broker's own in its place when the body is longer than
   * 64 KiB, packed or unpacked, or cannot be decoded.
   */
  read(scrub: Scrub): Buffer {
    if (this.#length > LARGEST) return Buffer.from(WITHHELD);
    try {
      const coding = headerValue(this.head.rawHeaders, "content-encoding") ?? "identity";
      const body = decode(coding, Buffer.concat(this.#parts));
      return Buffer.from(body === undefined ? WITHHELD : scrub(body.toString("utf8")), "utf8");
    } catch {
      return Buffer.from(WITHHELD);
    }
  }
}

/** @returns undefined for a coding that is not known @throws Error for a body that is not what its coding says, or unpacks to too much */
function decode(coding: string, body: Buffer): Buffer | undefined {
  if (coding === "identity") return body;
  // Loaded when it is first needed: most daemons never see a packed error.
  const { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } = process.getBuiltinModule("node:zlib");
  const decoders = { gzip: gunzipSync, br: brotliDecompressSync, deflate: inflateSync, zstd: zstdDecompressSync };
  return Object.hasOwn(decoders, coding)
    ? decoders[coding as keyof typeof decoders](body, { maxOutputLength: LARGEST })
    : undefined;
}
