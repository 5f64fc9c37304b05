// SPDX-License-Identifier: Apache-2.0
import {
  answerFault,
  parseAnswerHead,
  readAnswerFraming,
  readKeepAlive,
  type AnswerFraming,
  type AnswerHead,
} from "./answerHead.ts";
import { ChunkedBody } from "./chunkedBody.ts";

/** Gets the parts of one answer in order. */
export interface AnswerParts {
  head(head: AnswerHead): void;
  body(data: Buffer): void;
  /** The answer is whole. */
  end(trailers: readonly string[]): void;
}

const LONGEST_HEAD = 64 * 1024;
const MOST_INTERIM = 16;
const HEAD_END = "\r\n\r\n";

/**
 * Reads one answer of a provider, strictly: whatever could be read in two ways is a fault. Interim answers (1xx) are dropped, except
 * that a switch of protocols, which the broker never asks for, is a fault too.
 */
export class AnswerParser {
  readonly #method: string;
  readonly #parts: AnswerParts;
  #held: Buffer | undefined;
  #framing: AnswerFraming | undefined;
  #chunked: ChunkedBody | undefined;
  #interim = 0;
  #left = 0;
  #isDone = false;
  #keepAlive: number | undefined;

  /** @param method - Of the request: an answer to HEAD has no body. */
  constructor(method: string, parts: AnswerParts) {
    this.#method = method;
    this.#parts = parts;
  }

  /** Whether the answer has ended. */
  isDone(): boolean {
    return this.#isDone;
  }

  /** Milliseconds for which the provider keeps the connection after this answer: 0 for not at all, undefined where it does not say. */
  get keepAlive(): number | undefined {
    return this.#keepAlive;
  }

  /** Takes what has come. @returns the count of bytes behind the answer's end @throws Error with the code ANSWER_FAULT */
  push(data: Buffer): number {
    let rest = data;
    while (this.#framing === undefined && rest.length > 0) rest = this.#takeHead(rest);
    return rest.length === 0 || this.#isDone ? rest.length : rest.length - this.#takeBody(rest);
  }

  /** The connection has ended. @throws Error with the code ANSWER_FAULT when the answer has not */
  close(): void {
    if (this.#isDone) return;
    if (this.#framing !== "until-close") throw answerFault("it breaks off");
    this.#finish([]);
  }

  /** @returns what stands behind the head; nothing while the head is not whole */
  #takeHead(data: Buffer): Buffer {
    const whole = this.#held === undefined ? data : Buffer.concat([this.#held, data]);
    const from = Math.max(0, (this.#held?.length ?? 0) - HEAD_END.length + 1);
    const end = whole.indexOf(HEAD_END, from, "latin1");
    if ((end === -1 ? whole.length : end) > LONGEST_HEAD) throw answerFault("its head is too long");
    this.#held = end === -1 ? whole : undefined;
    if (end === -1) return whole.subarray(whole.length);
    this.#useHead(parseAnswerHead(whole.toString("latin1", 0, end)));
    return whole.subarray(end + HEAD_END.length);
  }

  #useHead(head: AnswerHead): void {
    if (head.status < 200) {
      this.#interim += 1;
      if (head.status === 101 || this.#interim > MOST_INTERIM) throw answerFault("it is interim where none may be");
      return;
    }
    const framing = readAnswerFraming(head, this.#method);
    this.#framing = framing;
    this.#keepAlive = framing === "until-close" ? 0 : readKeepAlive(head);
    if (framing === "chunked") this.#chunked = new ChunkedBody((data) => this.#parts.body(data));
    else if (framing !== "until-close") this.#left = framing;
    this.#parts.head(head);
    if (framing === 0) this.#finish([]);
  }

  #takeBody(data: Buffer): number {
    if (this.#chunked !== undefined) return this.#takeChunked(this.#chunked, data);
    if (this.#framing === "until-close") {
      this.#parts.body(data);
      return data.length;
    }
    const length = Math.min(this.#left, data.length);
    this.#left -= length;
    this.#parts.body(length === data.length ? data : data.subarray(0, length));
    if (this.#left === 0) this.#finish([]);
    return length;
  }

  #takeChunked(chunked: ChunkedBody, data: Buffer): number {
    const used = chunked.push(data);
    if (chunked.isDone) this.#finish(chunked.trailers);
    return used;
  }

  #finish(trailers: readonly string[]): void {
    this.#isDone = true;
    this.#parts.end(trailers);
  }
}
