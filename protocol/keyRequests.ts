// SPDX-License-Identifier: Apache-2.0
import { MAX_REQUEST_BYTES } from "./constants.ts";
import { readKeyLimits, type KeyLimits } from "./keyLimits.ts";
import { readKeyValue } from "./keyValue.ts";
import { readKeyName, readProviderId } from "./names.ts";
import { readSecretDocument } from "./secretDocument.ts";
import type { Sensitive } from "./sensitive.ts";
import { optional, readBoolean, readObject, readWhole, type Reader } from "./shape.ts";
import { readTime } from "./time.ts";

/** Body of `POST /v1/keys/put`. */
export interface PutRequest {
  readonly name: string;
  readonly provider: string;
  /** From 1 up; a version that was seen before never returns with another value. */
  readonly version: number;
  readonly value: Sensitive;
  /** From then on the broker does not lend the key; missing: for 30 days from now. RFC 3339. */
  readonly notAfter?: string;
  /** Of the whole key, not of this version; missing: none. */
  readonly limits?: KeyLimits;
}

/** Body of `POST /v1/keys/activate`. */
export interface ActivateRequest {
  readonly name: string;
  readonly version: number;
}

/** Body of `POST /v1/keys/revoke`. */
export interface RevokeRequest {
  readonly name: string;
  /** Missing: every version, the active one too. */
  readonly version?: number;
  /** True: requests under way with what is revoked are aborted. Otherwise they end with the key they began with. */
  readonly now?: boolean;
}

/** Reads a put whose value is `Sensitive` already. */
export const readPutRequest: Reader<PutRequest> = readObject<PutRequest>({
  name: readKeyName,
  provider: readProviderId,
  version: readWhole(1),
  value: readKeyValue,
  notAfter: optional(readTime),
  limits: optional(readKeyLimits),
});
const readActivate = readObject<ActivateRequest>({ name: readKeyName, version: readWhole(1) });
const readRevoke = readObject<RevokeRequest>({
  name: readKeyName,
  version: optional(readWhole(1)),
  now: optional(readBoolean),
});
const readNothing = readObject<object>({});

/** @throws ParseError */
export function parsePutRequest(body: Uint8Array): PutRequest {
  return parse(body, readPutRequest);
}

/** @throws ParseError */
export function parseActivateRequest(body: Uint8Array): ActivateRequest {
  return parse(body, readActivate);
}

/** @throws ParseError */
export function parseRevokeRequest(body: Uint8Array): RevokeRequest {
  return parse(body, readRevoke);
}

/** Checks the body of a request that says nothing but its path, an empty object. @throws ParseError */
export function checkEmptyRequest(body: Uint8Array): void {
  parse(body, readNothing);
}

function parse<T>(body: Uint8Array, reader: Reader<T>): T {
  return readSecretDocument(body, reader, { maxBytes: MAX_REQUEST_BYTES, maxDepth: 2 });
}

/**
 * The body of a put, with the value in it: the one place where it is written for the wire. The caller fills the buffer with zeros once sent.
 * @throws ParseError when the daemon would refuse the request
 */
export function renderPutRequest(request: PutRequest): Buffer {
  return Buffer.from(JSON.stringify(renderablePut(readPutRequest(request, ""))), "utf8");
}

/** A put with its value as text, for `JSON.stringify` and for nothing else. */
export function renderablePut(request: PutRequest): object {
  return { ...request, value: request.value.reveal() };
}
