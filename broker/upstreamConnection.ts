// SPDX-License-Identifier: Apache-2.0
import type { Socket } from "node:net";
import { answerFault } from "./answerHead.ts";
import { AnswerParser } from "./answerParser.ts";
import { renderHead } from "./requestHead.ts";
import type { AnswerListener, UpstreamChannel, UpstreamHead } from "./upstreamChannel.ts";

/** One HTTP/1.1 connection to a provider, for one request at a time. */
export class UpstreamConnection implements UpstreamChannel {
  readonly #socket: Socket;
  readonly #onFree: (keepAlive: number | undefined) => void;
  #listener: AnswerListener | undefined;
  #parser: AnswerParser | undefined;
  #isChunked = false;
  #isSent = false;

  /**
   * @param socket - Connected, and for TLS verified.
   * @param onFree - Called when the connection may take the next request, with the time for which the provider keeps it.
   */
  constructor(socket: Socket, onFree: (keepAlive: number | undefined) => void) {
    this.#socket = socket;
    this.#onFree = onFree;
    socket.on("data", (data: Buffer) => this.#read(data));
    socket.on("drain", () => this.#listener?.drained());
    socket.on("end", () => this.#ended());
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(answerFault("it breaks off")));
  }

  /** Whether it may still be used: one that has just been closed is told of a moment later. */
  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  send(head: UpstreamHead, listener: AnswerListener): void {
    const text = renderHead(head);
    this.#listener = listener;
    this.#parser = new AnswerParser(head.method, listener);
    this.#isChunked = head.framing === "chunked";
    this.#isSent = false;
    if (head.framing !== "none") {
      // The beginning of the body has mostly come with the head, and leaves with it.
      this.#socket.cork();
      setImmediate(uncork, this.#socket);
    }
    this.#socket.write(text, "latin1");
  }

  write(data: Buffer): boolean {
    if (!this.#isChunked) return this.#socket.write(data);
    this.#socket.write(`${data.length.toString(16)}\r\n`, "latin1");
    const isRoomLeft = this.#socket.write(data);
    this.#socket.write("\r\n", "latin1");
    return isRoomLeft;
  }

  finish(): void {
    if (this.#isChunked) this.#socket.write("0\r\n\r\n", "latin1");
    this.#isSent = true;
    if (this.#parser?.isDone() === true) this.#release(this.#parser);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  destroy(): void {
    this.#listener = undefined;
    this.#parser = undefined;
    this.#socket.destroy();
  }

  #read(data: Buffer): void {
    const parser = this.#parser;
    const listener = this.#listener;
    // A provider that speaks without being asked would be heard as the answer to the next request.
    if (parser === undefined || listener === undefined || parser.isDone()) {
      this.destroy();
      return;
    }
    try {
      const surplus = parser.push(data);
      if (!parser.isDone()) listener.caughtUp();
      else if (surplus > 0) this.destroy();
      else if (this.#isSent) this.#release(parser);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #ended(): void {
    try {
      this.#parser?.close();
      this.destroy();
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  #release({ keepAlive }: AnswerParser): void {
    this.#listener = undefined;
    this.#parser = undefined;
    if (keepAlive === 0 || this.#socket.destroyed) {
      this.#socket.destroy();
      return;
    }
    this.#socket.resume(); // to hear of its end while it waits
    this.#onFree(keepAlive);
  }

  #fail(error: NodeJS.ErrnoException): void {
    const listener = this.#parser?.isDone() === true ? undefined : this.#listener;
    this.destroy();
    listener?.failed(error);
  }
}

function uncork(socket: Socket): void {
  socket.uncork();
}
