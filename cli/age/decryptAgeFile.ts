// SPDX-License-Identifier: Apache-2.0
import { AgeFailure } from "../../protocol/age/ageFailure.ts";
import { parseHeader, type Header } from "../../protocol/age/header.ts";
import { findX25519FileKey, noMatch, readWithFileKey, refuseMixedPassphrase } from "../../protocol/age/readAgeFile.ts";
import type { PassphraseIdentity } from "../../protocol/age/scryptStanza.ts";
import { isX25519Identity, readX25519Identity } from "../../protocol/age/x25519Identity.ts";
import type { Sensitive } from "../../protocol/sensitive.ts";
import { UserError } from "../errors.ts";

/** What an age file may be opened with. */
export interface AgeKeys {
  readonly identities: readonly Sensitive[];
  readonly passphrase?: PassphraseIdentity;
}

const BINARY_START = "age-encryption.org/";
const HYBRID_STANZA = "mlkem768x25519";
const ARMOR_START = /^\s*-----BEGIN AGE ENCRYPTED FILE-----/;

/**
 * Decrypts a whole age file, binary or armored; nothing is returned before all of it is verified.
 * The age-encryption package is loaded only for a post-quantum file that is opened with a post-quantum identity.
 *
 * @throws UserError with the cause in words: not an age file, no identity matches, wrong passphrase, damaged.
 */
export async function decryptAgeFile(keys: AgeKeys, file: Uint8Array): Promise<Buffer> {
  return await inWords(async () => await openAgeFile(keys, await toBinary(file)), keys, file);
}

/**
 * Whether the file was made for a passphrase, which must then be asked for.
 *
 * @throws UserError like {@link decryptAgeFile}; nobody types a passphrase for a file that no passphrase opens
 */
export async function isPassphraseFile(file: Uint8Array): Promise<boolean> {
  return await inWords(async () => {
    const { stanzas } = parseHeader(await toBinary(file));
    if (!stanzas.some(({ type }) => type === "scrypt")) return false;
    refuseMixedPassphrase(stanzas);
    (await import("../../protocol/age/scryptStanza.ts")).checkScryptStanzas(stanzas);
    return true;
  });
}

/** Opens a binary age file. @throws AgeFailure */
export async function openAgeFile(keys: AgeKeys, file: Buffer): Promise<Buffer> {
  const header = parseHeader(file);
  refuseMixedPassphrase(header.stanzas);
  const fileKey = await findFileKey(keys, header, file);
  if (fileKey === undefined) throw noMatch();
  return readWithFileKey(fileKey, header, file);
}

async function findFileKey(
  { identities, passphrase }: AgeKeys,
  { stanzas, length }: Header,
  file: Buffer,
): Promise<Buffer | undefined> {
  const classic = identities.filter(isX25519Identity).map(readX25519Identity);
  const hybrid = identities.filter((identity) => !isX25519Identity(identity));
  const found = findX25519FileKey(classic, stanzas) ?? passphrase?.unwrapFileKey(stanzas);
  if (found !== undefined || hybrid.length === 0) return found;
  if (!stanzas.some(({ type }) => type === HYBRID_STANZA)) return undefined;
  return await (await import("./otherAgeFile.ts")).findHybridFileKey(hybrid, file.subarray(0, length));
}

async function toBinary(file: Uint8Array): Promise<Buffer> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes.length === 0) throw new UserError("it is empty, not an age file");
  const isArmored = ARMOR_START.test(bytes.toString("latin1", 0, 1024));
  const binary = isArmored ? (await import("../../protocol/age/armor.ts")).removeArmor(bytes) : bytes;
  if (binary.toString("latin1", 0, BINARY_START.length) !== BINARY_START) throw new UserError("it is not an age file");
  return binary;
}

async function inWords<T>(work: () => Promise<T>, keys?: AgeKeys, file?: Uint8Array): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AgeFailure)) throw error;
    if (error.kind !== "no match" || keys === undefined || file === undefined)
      throw (await import("./failureInWords.ts")).failureInWords(error);
    const { noMatchInWords } = await import("./noMatchInWords.ts");
    throw await noMatchInWords(keys, parseHeader(await toBinary(file)).stanzas);
  }
}
