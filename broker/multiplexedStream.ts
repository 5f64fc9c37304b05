// SPDX-License-Identifier: Apache-2.0
import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import { MultiplexedAnswer } from "./multiplexedAnswer.ts";
import { renderMultiplexedHead } from "./multiplexedHead.ts";
import type { AnswerListener, UpstreamChannel, UpstreamHead } from "./upstreamChannel.ts";

/** One exchange on a shared HTTP/2 connection. */
export class MultiplexedStream implements UpstreamChannel {
  readonly #session: ClientHttp2Session;
  #onDone: (() => void) | undefined;
  #stream: ClientHttp2Stream | undefined;
  #answer: MultiplexedAnswer | undefined;
  #isSent = false;

  /** @param onDone - Called once, when the stream takes no place on its connection any more. */
  constructor(session: ClientHttp2Session, onDone: () => void) {
    this.#session = session;
    this.#onDone = onDone;
  }

  send(head: UpstreamHead, listener: AnswerListener): void {
    try {
      this.#stream = this.#request(head);
    } catch (error) {
      this.#done();
      listener.failed(error as Error);
      return;
    }
    if (head.framing !== "none") this.#neverEnd(this.#stream);
    this.#answer = new MultiplexedAnswer(this.#stream, head.method, listener, () => this.#done());
  }

  write(data: Buffer): boolean {
    return this.#stream?.write(data) ?? true;
  }

  finish(): void {
    this.#isSent = true;
    this.#stream?.end();
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  destroy(): void {
    if (this.#answer === undefined) this.#done();
    else this.#answer.destroy();
  }

  /** Node ends a request before it resets it, and half a request would look whole for a moment. */
  #neverEnd(stream: ClientHttp2Stream): void {
    const end = stream.end.bind(stream);
    const endSent = (): ClientHttp2Stream => (this.#isSent ? end() : stream);
    Object.assign(stream, { end: endSent });
  }

  #request(head: UpstreamHead): ClientHttp2Stream {
    const { sensitiveHeaders } = process.getBuiltinModule("node:http2");
    const headers = renderMultiplexedHead(head);
    const names = Object.keys(headers).filter((name) => !name.startsWith(":"));
    // Whatever may hold the key is sent as what no table of the connection may hold, at either end.
    const sent = { ...headers, [sensitiveHeaders]: names };
    const stream = this.#session.request(sent, { endStream: head.framing === "none" });
    // Node keeps what was sent for as long as the stream lives, and a stream must not hold the key.
    for (const name of names) Reflect.deleteProperty(stream.sentHeaders, name);
    return stream;
  }

  #done(): void {
    const onDone = this.#onDone;
    this.#onDone = undefined;
    onDone?.();
  }
}
