// SPDX-License-Identifier: Apache-2.0
import { createHmac, timingSafeEqual } from "node:crypto";
import { inspect } from "node:util";

const REDACTED = "[REDACTED]";

/**
 * A secret that cannot be printed: each way to turn it into text gives `[REDACTED]`, and {@link Sensitive.reveal} is the only way out.
 * Wiping is best effort, because JavaScript may hold copies of a revealed string for as long as it likes.
 */
export class Sensitive {
  readonly #bytes: Buffer;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Copies the secret (text as UTF-8) into memory outside Node's shared pool. The caller wipes its own copy, if it can. */
  static from(secret: string | Uint8Array): Sensitive {
    const source = typeof secret === "string" ? Buffer.from(secret, "utf8") : secret;
    const bytes = Buffer.allocUnsafeSlow(source.byteLength);
    bytes.set(source);
    if (source !== secret) source.fill(0);
    return new Sensitive(bytes);
  }

  /** Length in bytes. */
  get byteLength(): number {
    return this.#bytes.byteLength;
  }

  /** The secret as UTF-8 text. Call it where the value leaves our code and nowhere else. */
  reveal(): string {
    return this.#bytes.toString("utf8");
  }

  /** A second holder of the same secret, wiped on its own. */
  copy(): Sensitive {
    return Sensitive.from(this.#bytes);
  }

  /** Whether every byte of the secret passes `test`; the bytes themselves stay inside. */
  everyByte(test: (byte: number) => boolean): boolean {
    return this.#bytes.every(test);
  }

  /** The same for a range, without a call for each byte: a vault holds hundreds of keys, and a young process is slow. */
  staysWithin(first: number, last: number): boolean {
    const bytes = this.#bytes;
    for (let index = 0; index < bytes.length; index += 1) {
      const byte = bytes[index] ?? 0;
      if (byte < first || byte > last) return false;
    }
    return true;
  }

  /** Compares in a time that depends on the lengths only. */
  equals(other: Sensitive): boolean {
    return this.byteLength === other.byteLength && timingSafeEqual(this.#bytes, other.#bytes);
  }

  /** The same for a text from outside, of which nothing needs to be wiped. */
  equalsText(text: string): boolean {
    const bytes = Buffer.from(text, "utf8");
    return this.byteLength === bytes.byteLength && timingSafeEqual(this.#bytes, bytes);
  }

  /** First 16 hexadecimal digits of HMAC-SHA-256 under `key`: tells two values apart, and nothing to whoever lacks the key. */
  fingerprint(key: Uint8Array): string {
    return createHmac("sha256", key).update(this.#bytes).digest("hex").slice(0, 16);
  }

  /** Overwrites the bytes with zeros. The length stays. */
  wipe(): void {
    this.#bytes.fill(0);
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}
