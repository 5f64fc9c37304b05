// SPDX-License-Identifier: Apache-2.0

/** Takes the data of server-sent events as it passes. */
export interface EventDataSink {
  push(bytes: Uint8Array): void;
  /** An event is over. */
  end(): void;
}

const FIELD = Buffer.from("data:");
const [LINE_FEED, RETURN] = [0x0a, 0x0d];

/**
 * Takes the data of the events out of a stream that comes in pieces of any size. Lines end with LF, CR or both; nothing is kept but the
 * place in the line, so a line may be as long as it likes. Other fields and comments are dropped.
 */
export class EventData {
  readonly #sink: EventDataSink;
  /** Bytes of the line so far, as far as they matter. */
  #column = 0;
  #isData = true;
  #afterReturn = false;

  constructor(sink: EventDataSink) {
    this.#sink = sink;
  }

  push(bytes: Uint8Array): void {
    let start = 0;
    for (let index = 0; index < bytes.length; index += 1) {
      const byte = bytes[index] ?? 0;
      if (byte !== LINE_FEED && byte !== RETURN) {
        if (!this.#isPayload(byte)) start = index + 1;
        continue;
      }
      if (start < index) this.#sink.push(bytes.subarray(start, index));
      start = index + 1;
      this.#endLine(byte);
    }
    if (start < bytes.length) this.#sink.push(bytes.subarray(start));
  }

  /** Ends the stream, and with it an event that lacks its empty line. */
  end(): void {
    this.#sink.end();
  }

  #isPayload(byte: number): boolean {
    this.#afterReturn = false;
    if (this.#column === FIELD.length) return this.#isData;
    this.#isData &&= byte === FIELD[this.#column];
    this.#column += 1;
    return false;
  }

  #endLine(byte: number): void {
    const isSecondHalf = byte === LINE_FEED && this.#afterReturn;
    this.#afterReturn = byte === RETURN;
    if (isSecondHalf) return;
    if (this.#column === 0) this.#sink.end();
    this.#column = 0;
    this.#isData = true;
  }
}
