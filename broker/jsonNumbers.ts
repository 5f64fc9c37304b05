// SPDX-License-Identifier: Apache-2.0

/** Called with the path of a number, as in `message.usage.input_tokens`, and its value. A list is `[]` in a path. */
export type OnNumber = (path: string, value: number) => void;

// Paths, names and numbers beyond these are never asked for, so nothing of them is kept.
const DEEPEST = 5;
const LONGEST_NAME = 40;
const LONGEST_NUMBER = 16;
const [QUOTE, BACKSLASH, COLON, COMMA] = [0x22, 0x5c, 0x3a, 0x2c];
// What closes stands two places after what opens.
const [BRACE, BRACKET] = [0x7b, 0x5b];

/**
 * Finds the whole numbers that are members of objects near the top of a JSON document, as the document passes in pieces of any size.
 * Holds a few hundred bytes however long the document is, and never fails: of what is not JSON it makes what it can.
 */
export class JsonNumbers {
  readonly #onNumber: OnNumber;
  /** One entry for each open object (its last name) and list (null), down to the deepest level of interest. */
  readonly #open: (string | null)[] = [];
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  #isName = false;
  #text = "";
  #number = "";

  constructor(onNumber: OnNumber) {
    this.#onNumber = onNumber;
  }

  push(bytes: Uint8Array): void {
    for (let index = 0; index < bytes.length; index += 1) {
      const byte = bytes[index] ?? 0;
      if (this.#inString) this.#stringByte(byte);
      else this.#plainByte(byte);
    }
  }

  /** Ends the document, so that another may begin. */
  end(): void {
    this.#endNumber();
    this.#open.length = 0;
    this.#depth = 0;
    this.#inString = false;
    this.#isEscaped = false;
    this.#isName = false;
    this.#text = "";
  }

  #stringByte(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) {
      this.#inString = false;
      return;
    }
    // An escape stays in the name, so that it matches nothing.
    if (this.#isName && this.#text.length <= LONGEST_NAME) this.#text += String.fromCharCode(byte);
  }

  #plainByte(byte: number): void {
    if (isNumberByte(byte)) {
      if (this.#number.length <= LONGEST_NUMBER) this.#number += String.fromCharCode(byte);
      return;
    }
    this.#endNumber();
    if (byte === QUOTE) this.#startString();
    else if (byte === COLON) this.#endName();
    else if (byte === COMMA) this.#startMember();
    else if (byte === BRACE || byte === BRACKET) this.#enter(byte === BRACE);
    else if (byte === BRACE + 2 || byte === BRACKET + 2) this.#leave();
  }

  #startString(): void {
    this.#inString = true;
    this.#text = "";
  }

  #endName(): void {
    if (this.#isName && this.#depth <= DEEPEST) this.#open[this.#depth - 1] = this.#text;
    this.#isName = false;
  }

  #startMember(): void {
    this.#isName = this.#depth <= DEEPEST && typeof this.#open[this.#depth - 1] === "string";
  }

  #enter(isObject: boolean): void {
    this.#depth += 1;
    if (this.#depth <= DEEPEST) this.#open.push(isObject ? "" : null);
    this.#startMember();
  }

  #leave(): void {
    if (this.#depth > 0) this.#depth -= 1;
    this.#open.length = Math.min(this.#open.length, this.#depth);
    this.#isName = false;
  }

  #endNumber(): void {
    const digits = this.#number;
    this.#number = "";
    if (digits === "" || digits.length > LONGEST_NUMBER || this.#depth > DEEPEST) return;
    const value = Number(digits);
    if (typeof this.#open.at(-1) !== "string" || !Number.isSafeInteger(value) || value < 0) return;
    this.#onNumber(this.#open.map((name) => name ?? "[]").join("."), value);
  }
}

/** Digits and what else stands in numbers: `+ - . E e`. The letters of `true`, `false` and `null` make no number with it. */
function isNumberByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x2b || byte === 0x2e || byte === 0x65 || byte === 0x45
  );
}
