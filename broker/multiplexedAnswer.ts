// SPDX-License-Identifier: Apache-2.0
import type { ClientHttp2Stream } from "node:http2";
import { answerFault } from "./answerHead.ts";
import { readMultiplexedHead, readMultiplexedHeaders } from "./multiplexedHead.ts";
import type { AnswerListener } from "./upstreamChannel.ts";

const CANCEL = 8;
const MOST_INTERIM = 16;
const ANSWER = Symbol("answer");

interface Heard extends ClientHttp2Stream {
  [ANSWER]: MultiplexedAnswer;
}

/** Reads the answer that comes by one stream of an HTTP/2 connection. */
export class MultiplexedAnswer {
  readonly #stream: ClientHttp2Stream;
  readonly #onClosed: () => void;
  #listener: AnswerListener | undefined;
  #mayHaveBody: boolean;
  #trailers: readonly string[] = [];
  #interim = 0;
  #hasHead = false;
  #isWhole = false;

  /**
   * @param method - Of the request: an answer to HEAD has no body.
   * @param onClosed - Called once, when nothing is left of the stream.
   */
  constructor(stream: ClientHttp2Stream, method: string, listener: AnswerListener, onClosed: () => void) {
    this.#stream = stream;
    this.#mayHaveBody = method !== "HEAD";
    this.#listener = listener;
    this.#onClosed = onClosed;
    Object.assign(stream, { [ANSWER]: this, push: notePush });
    listen(stream as Heard);
  }

  /** Resets the stream; the listener hears nothing more. */
  destroy(): void {
    this.#listener = undefined;
    if (!this.#stream.closed) this.#stream.close(CANCEL);
  }

  /** Has a part of the answer read; a fault in it ends the exchange. */
  read(part: (listener: AnswerListener) => void): void {
    if (this.#listener === undefined) return;
    try {
      part(this.#listener);
    } catch (error) {
      this.fail(error as Error);
    }
  }

  head(listener: AnswerListener, raw: readonly string[]): void {
    const head = readMultiplexedHead(raw);
    this.#hasHead = true;
    if (head.status === 204 || head.status === 304) this.#mayHaveBody = false;
    listener.head(head);
    // Only from here on: Node would hand a body out before its head.
    this.#stream.on("data", onData);
    listener.caughtUp();
  }

  body(listener: AnswerListener, data: Buffer): void {
    if (!this.#mayHaveBody) throw answerFault("it has a body where none may be");
    listener.body(data);
    listener.caughtUp();
  }

  trailers(raw: readonly string[]): void {
    this.#trailers = readMultiplexedHeaders(raw);
  }

  interim(): void {
    this.#interim += 1;
    if (this.#interim > MOST_INTERIM) throw answerFault("it is interim where none may be");
  }

  /** The provider says that the answer is whole. */
  markWhole(): void {
    this.#isWhole = true;
  }

  end(listener: AnswerListener): void {
    if (!this.#isWhole || !this.#hasHead) throw answerFault("it breaks off");
    this.#listener = undefined;
    listener.end(this.#trailers);
  }

  fail(error: NodeJS.ErrnoException): void {
    const listener = this.#listener;
    this.destroy();
    listener?.failed(error);
  }

  closed(): void {
    this.fail(answerFault("it breaks off"));
    this.#onClosed();
  }
}

/** One set of functions for all streams: a set for each would be a tenth of what a stream takes. */
function listen(stream: Heard): void {
  stream.on("headers", onHeaders).on("response", onResponse).on("trailers", onTrailers).on("drain", onDrain);
  stream.on("end", onEnd).on("error", onError).on("close", onClose);
}

/**
 * Node ends a stream alike whether the provider ended it or reset it without an error code, and the second is half an answer. Only for
 * the first does it call `push(null)` before it marks the stream as closed.
 */
function notePush(this: Heard, chunk: unknown, encoding?: BufferEncoding): boolean {
  if (chunk === null && !this.closed) this[ANSWER].markWhole();
  return (Object.getPrototypeOf(this) as ClientHttp2Stream).push.call(this, chunk, encoding);
}

function onHeaders(this: Heard): void {
  this[ANSWER].read(() => this[ANSWER].interim());
}

function onResponse(this: Heard, _headers: unknown, _flags: number, raw?: unknown): void {
  this[ANSWER].read((listener) => this[ANSWER].head(listener, raw as readonly string[]));
}

function onData(this: Heard, data: Buffer): void {
  this[ANSWER].read((listener) => this[ANSWER].body(listener, data));
}

function onTrailers(this: Heard, _headers: unknown, _flags: number, raw?: unknown): void {
  this[ANSWER].read(() => this[ANSWER].trailers(raw as readonly string[]));
}

function onDrain(this: Heard): void {
  this[ANSWER].read((listener) => listener.drained());
}

function onEnd(this: Heard): void {
  this[ANSWER].read((listener) => this[ANSWER].end(listener));
}

function onError(this: Heard, error: Error): void {
  this[ANSWER].fail(answerFault(error.message));
}

function onClose(this: Heard): void {
  this[ANSWER].closed();
}
