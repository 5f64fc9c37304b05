// SPDX-License-Identifier: Apache-2.0
import { answerFault, parseHeaderLines } from "./answerHead.ts";

const SIZE_LINE = /^([0-9A-Fa-f]{1,8})(?:[\t ]*;[\t\x20-\x7e]*)?$/;
const LONGEST_SIZE_LINE = 256;
const LONGEST_TRAILERS = 16 * 1024;
const CRLF = "\r\n";
const [RETURN, LINE_FEED] = [0x0d, 0x0a];

/** Takes a chunked body apart as it comes. */
export class ChunkedBody {
  readonly #take: (data: Buffer) => void;
  /** Bytes of the current chunk still to come. */
  #left = 0;
  #state: "size" | "data" | "data-end" | "trailers" | "done" = "size";
  /** A line that has not come whole. */
  #held = "";
  #trailers = "";

  /** @param take - Gets the body's bytes. */
  constructor(take: (data: Buffer) => void) {
    this.#take = take;
  }

  /** Whether the body has ended. */
  get isDone(): boolean {
    return this.#state === "done";
  }

  /** Flat list of trailers, complete once the body has ended. @throws Error with the code ANSWER_FAULT */
  get trailers(): readonly string[] {
    return this.#trailers === "" ? [] : parseHeaderLines(this.#trailers);
  }

  /** Takes what has come, up to the body's end. @returns where the rest begins @throws Error with the code ANSWER_FAULT */
  push(input: Buffer): number {
    let at = 0;
    while (at < input.length && this.#state !== "done") {
      at = this.#state === "data" ? this.#takeData(input, at) : this.#takeLine(input, at);
    }
    return at;
  }

  #takeData(input: Buffer, at: number): number {
    const end = Math.min(input.length, at + this.#left);
    this.#left -= end - at;
    if (this.#left === 0) this.#state = "data-end";
    this.#take(input.subarray(at, end));
    // Mostly the line behind it has come with it, and a text made of it would be work for each chunk.
    if (this.#left > 0 || input[end] !== RETURN || input[end + 1] !== LINE_FEED) return end;
    this.#state = "size";
    return end + 2;
  }

  #takeLine(input: Buffer, at: number): number {
    const feed = input.indexOf(10, at);
    const end = feed === -1 ? input.length : feed + 1;
    this.#held += input.toString("latin1", at, end);
    if (this.#held.length > (this.#state === "trailers" ? LONGEST_TRAILERS : LONGEST_SIZE_LINE))
      throw answerFault("a line of its body is too long");
    if (feed === -1) return end;
    if (!this.#held.endsWith(CRLF)) throw answerFault("a line of its body ends in no CRLF");
    const line = this.#held.slice(0, -CRLF.length);
    this.#held = "";
    this.#useLine(line);
    return end;
  }

  #useLine(line: string): void {
    if (this.#state === "size") this.#startChunk(line);
    else if (this.#state === "trailers") this.#useTrailer(line);
    else if (line === "") this.#state = "size";
    else throw answerFault("a chunk is longer than it says");
  }

  #startChunk(line: string): void {
    const [, size] = SIZE_LINE.exec(line) ?? [];
    if (size === undefined) throw answerFault("the size of a chunk is malformed");
    this.#left = Number.parseInt(size, 16);
    this.#state = this.#left === 0 ? "trailers" : "data";
  }

  #useTrailer(line: string): void {
    if (line === "") {
      this.#state = "done";
      return;
    }
    this.#trailers += (this.#trailers === "" ? "" : CRLF) + line;
    if (this.#trailers.length > LONGEST_TRAILERS) throw answerFault("its trailers are too long");
  }
}
