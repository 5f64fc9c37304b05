// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { MAX_REQUEST_BYTES } from "./constants.ts";
import { readPublicKey, readSignature } from "./ed25519.ts";
import { readPutRequest, renderablePut, type PutRequest } from "./keyRequests.ts";
import { readBootId, readNodeId } from "./names.ts";
import { ParseError } from "./parseError.ts";
import { parseJson } from "./parseJson.ts";
import { readNonce } from "./sealReply.ts";
import { readSecretDocument } from "./secretDocument.ts";
import { readObject, readOneOf, type Reader } from "./shape.ts";

/** Body of `POST /v1/keys/put-sealed`. */
export interface SealedPutRequest {
  /** Ed25519 public key of the operator who signed, base64url. */
  readonly operator: string;
  /** By the operator over {@link sealedPutText} of the envelope, base64url. */
  readonly signature: string;
  /** A binary age file with a {@link SealedEnvelope} in it; standard base64 on the wire. */
  readonly envelope: Buffer;
}

/** What is inside the age file of a sealed put. */
export interface SealedEnvelope {
  readonly officeClaws: 1;
  readonly nodeId: string;
  readonly bootId: string;
  readonly nonce: string;
  readonly put: PutRequest;
}

/** Longest age file of a sealed put, in bytes: a value of 4096 bytes fits several times. */
const MAX_ENVELOPE_BYTES = 32 * 1024;

const readEnvelopeFile: Reader<Buffer> = (value, path) => {
  const file = typeof value === "string" ? Buffer.from(value, "base64") : Buffer.alloc(0);
  // Node's decoder takes nearly anything; only the canonical spelling survives the way back.
  if (file.length > 0 && file.length <= MAX_ENVELOPE_BYTES && file.toString("base64") === value) return file;
  throw new ParseError(path, `must be base64 of 1 to ${MAX_ENVELOPE_BYTES} bytes`);
};

const readSealedPut = readObject<SealedPutRequest>({
  operator: readPublicKey,
  signature: readSignature,
  envelope: readEnvelopeFile,
});

const readEnvelope = readObject<SealedEnvelope>({
  officeClaws: readOneOf([1]),
  nodeId: readNodeId,
  bootId: readBootId,
  nonce: readNonce,
  put: readPutRequest,
});

/** @throws ParseError */
export function parseSealedPut(body: Uint8Array): SealedPutRequest {
  return readSealedPut(parseJson(body, { maxBytes: MAX_REQUEST_BYTES, maxDepth: 1 }), "");
}

/** The body of a sealed put. There is no secret in it that could be read without the daemon's memory. */
export function renderSealedPut({ operator, signature, envelope }: SealedPutRequest): Buffer {
  return Buffer.from(JSON.stringify({ operator, signature, envelope: envelope.toString("base64") }), "utf8");
}

/** The text that the operator signs: it names the whole ciphertext by its hash. */
export function sealedPutText(envelope: Uint8Array): string {
  return `office-claws put v1\n${createHash("sha256").update(envelope).digest("hex")}`;
}

/** Reads the decrypted content; its value never becomes a JavaScript string. @throws ParseError */
export function parseSealedEnvelope(content: Uint8Array): SealedEnvelope {
  return readSecretDocument(content, readEnvelope, { maxBytes: MAX_ENVELOPE_BYTES, maxDepth: 3 });
}

/**
 * The content to encrypt, with the value in it. The caller fills the buffer with zeros once it is encrypted.
 * @throws ParseError when the daemon would refuse it
 */
export function renderSealedEnvelope(envelope: SealedEnvelope): Buffer {
  const checked = readEnvelope(envelope, "");
  return Buffer.from(JSON.stringify({ ...checked, put: renderablePut(checked.put) }), "utf8");
}
