// SPDX-License-Identifier: Apache-2.0
import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import { answerFault } from "./answerHead.ts";
import { readMultiplexedHead, readMultiplexedHeaders, renderMultiplexedHead } from "./multiplexedHead.ts";
import type { AnswerListener, UpstreamChannel, UpstreamHead } from "./upstreamChannel.ts";

const CANCEL = 8;
const MOST_INTERIM = 16;

/** One exchange on a shared HTTP/2 connection. */
export class MultiplexedStream implements UpstreamChannel {
  readonly #session: ClientHttp2Session;
  #onDone: (() => void) | undefined;
  #stream: ClientHttp2Stream | undefined;
  #listener: AnswerListener | undefined;
  #trailers: readonly string[] = [];
  #interim = 0;
  #hasHead = false;
  #mayHaveBody = true;
  /** Whether the provider has said that its answer is whole. */
  #isWhole = false;

  /** @param onDone - Called once, when the stream takes no place on its connection any more. */
  constructor(session: ClientHttp2Session, onDone: () => void) {
    this.#session = session;
    this.#onDone = onDone;
  }

  send(head: UpstreamHead, listener: AnswerListener): void {
    this.#listener = listener;
    this.#mayHaveBody = head.method !== "HEAD";
    try {
      this.#stream = this.#request(head);
      this.#listen(this.#stream);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  write(data: Buffer): boolean {
    return this.#stream?.write(data) ?? true;
  }

  finish(): void {
    this.#stream?.end();
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  destroy(): void {
    this.#listener = undefined;
    if (this.#stream === undefined) this.#done();
    else if (!this.#stream.closed) this.#stream.close(CANCEL);
  }

  #request(head: UpstreamHead): ClientHttp2Stream {
    const { sensitiveHeaders } = process.getBuiltinModule("node:http2");
    const headers = renderMultiplexedHead(head);
    // Whatever may hold the key goes over the wire as what no party between here and there may remember.
    const names = Object.keys(headers).filter((name) => !name.startsWith(":"));
    const stream = this.#session.request(
      { ...headers, [sensitiveHeaders]: names },
      { endStream: head.framing === "none" },
    );
    // Node keeps what was sent for as long as the stream lives, and a stream must not hold the key.
    for (const name of names) delete stream.sentHeaders?.[name];
    return stream;
  }

  #listen(stream: ClientHttp2Stream): void {
    this.#noteEnd(stream);
    stream.on("headers", () => this.#countInterim());
    stream.once("response", (_headers, _flags, raw) => this.#try(() => this.#readHead(raw as unknown as string[])));
    stream.on("trailers", (_headers, _flags, raw?: unknown) =>
      this.#try(() => (this.#trailers = readMultiplexedHeaders(raw as string[]))),
    );
    stream.on("drain", () => this.#listener?.drained());
    stream.once("end", () => this.#try(() => this.#end()));
    stream.on("error", (error) => this.#fail(answerFault(error.message)));
    stream.once("close", () => this.#closed());
  }

  /**
   * Node ends a stream alike whether the provider ended it or reset it without an error code, and the second is half an answer. It only
   * calls `push(null)` before it marks the stream as closed for the first.
   */
  #noteEnd(stream: ClientHttp2Stream): void {
    const push = stream.push.bind(stream);
    stream.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
      if (chunk === null && !stream.closed) this.#isWhole = true;
      return push(chunk, encoding);
    };
  }

  #readHead(raw: readonly string[]): void {
    const head = readMultiplexedHead(raw);
    this.#hasHead = true;
    if (head.status === 204 || head.status === 304) this.#mayHaveBody = false;
    this.#listener?.head(head);
    // Only from here on: Node would hand a body out before its head.
    this.#stream?.on("data", (data: Buffer) => this.#try(() => this.#readBody(data)));
    this.#listener?.caughtUp();
  }

  #readBody(data: Buffer): void {
    if (!this.#mayHaveBody) throw answerFault("it has a body where none may be");
    this.#listener?.body(data);
    this.#listener?.caughtUp();
  }

  #end(): void {
    if (!this.#isWhole || !this.#hasHead) throw answerFault("it breaks off");
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.end(this.#trailers);
  }

  #countInterim(): void {
    this.#interim += 1;
    if (this.#interim > MOST_INTERIM) this.#fail(answerFault("it is interim where none may be"));
  }

  #closed(): void {
    this.#done();
    this.#fail(answerFault("it breaks off"));
  }

  #done(): void {
    const onDone = this.#onDone;
    this.#onDone = undefined;
    onDone?.();
  }

  #try(read: () => void): void {
    if (this.#listener === undefined) return;
    try {
      read();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #fail(error: NodeJS.ErrnoException): void {
    const listener = this.#listener;
    this.destroy();
    listener?.failed(error);
  }
}
