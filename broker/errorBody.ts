// SPDX-License-Identifier: Apache-2.0
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import type { AnswerHead } from "./answerHead.ts";
import { headerValue } from "./responseHeaders.ts";
import type { Scrub } from "./scrub.ts";

const LARGEST = 64 * 1024;
const BOUND = { maxOutputLength: LARGEST };
const DECODERS: ReadonlyMap<string, (body: Buffer) => Buffer> = new Map<string, (body: Buffer) => Buffer>([
  ["identity", (body) => body],
  ["gzip", (body) => gunzipSync(body, BOUND)],
  ["br", (body) => brotliDecompressSync(body, BOUND)],
  ["deflate", (body) => inflateSync(body, BOUND)],
  ["zstd", (body) => zstdDecompressSync(body, BOUND)],
]);
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
    const decode = DECODERS.get(headerValue(this.head.rawHeaders, "content-encoding") ?? "identity");
    if (decode === undefined || this.#length > LARGEST) return Buffer.from(WITHHELD);
    try {
      return Buffer.from(scrub(decode(Buffer.concat(this.#parts)).toString("utf8")), "utf8");
    } catch {
      return Buffer.from(WITHHELD);
    }
  }
}
