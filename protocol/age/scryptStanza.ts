// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import type { Sensitive } from "../sensitive.ts";
import { AgeFailure, TooMuchWork } from "./ageFailure.ts";
import { decodeCanonicalBase64 } from "./canonicalBase64.ts";
import { unwrap, wrap, WRAPPED_LENGTH } from "./fileKey.ts";
import type { Stanza } from "./header.ts";
import { scrypt } from "./scrypt.ts";

/** Binary logarithm of scrypt's N in what we write: the age command's own, about a second for each guess. */
export const WORK_FACTOR = 18;
/** The highest that is read: 2^20 takes 512 MiB and four times as long as what we write. */
export const MAX_WORK_FACTOR = 20;

const TYPE = "scrypt";
const LABEL = "age-encryption.org/v1/scrypt";
const SALT_LENGTH = 16;
const KEY_LENGTH = 32;

/** What one passphrase opens. It remembers the last key that it derived, so that the same file costs the work once. */
export class PassphraseIdentity {
  readonly passphrase: Sensitive;
  #last: { readonly id: string; readonly key: Buffer } | undefined;

  constructor(passphrase: Sensitive) {
    this.passphrase = passphrase;
  }

  /** The same passphrase, with nothing remembered. */
  fresh(): PassphraseIdentity {
    return new PassphraseIdentity(this.passphrase);
  }

  /** @returns undefined when the passphrase is another one, or no stanza is for one. @throws AgeFailure of kind `header` */
  unwrapFileKey(stanzas: readonly Stanza[]): Buffer | undefined {
    const stanza = stanzas.find(({ type }) => type === TYPE);
    if (stanza === undefined) return undefined;
    const { salt, workFactor } = readParameters(stanza);
    return unwrap(this.#derive(salt, workFactor), stanza.body);
  }

  /** Wraps a file key under a new salt. */
  wrapFileKey(fileKey: Buffer, workFactor = WORK_FACTOR): Stanza {
    const salt = randomBytes(SALT_LENGTH);
    // A copy: wrapping wipes the key.
    const body = wrap(Buffer.from(this.#derive(salt, workFactor)), fileKey);
    return { type: TYPE, args: [salt.toString("base64").replace(/=+$/, ""), String(workFactor)], body };
  }

  #derive(salt: Buffer, workFactor: number): Buffer {
    const id = `${workFactor} ${salt.toString("hex")}`;
    if (this.#last?.id === id) return this.#last.key;
    const passphrase = Buffer.from(this.passphrase.reveal());
    const key = scrypt(passphrase, Buffer.concat([Buffer.from(LABEL), salt]), workFactor, KEY_LENGTH);
    passphrase.fill(0);
    this.#last?.key.fill(0);
    this.#last = { id, key };
    return key;
  }
}

/** @throws AgeFailure of kind `header` when a stanza for a passphrase is malformed or wants too much work, which can be told before one is asked for */
export function checkScryptStanzas(stanzas: readonly Stanza[]): void {
  for (const stanza of stanzas) if (stanza.type === TYPE) readParameters(stanza);
}

function readParameters({ args: [saltText = "", workText = ""], args, body }: Stanza): {
  readonly salt: Buffer;
  readonly workFactor: number;
} {
  const salt = decodeCanonicalBase64(saltText);
  const isWhole = args.length === 2 && salt?.length === SALT_LENGTH && body.length === WRAPPED_LENGTH;
  if (!isWhole || !/^[1-9][0-9]*$/.test(workText)) throw new AgeFailure("header", "a scrypt stanza is malformed");
  const workFactor = Number(workText);
  if (workFactor > MAX_WORK_FACTOR) throw new TooMuchWork(MAX_WORK_FACTOR);
  return { salt, workFactor };
}
