// SPDX-License-Identifier: Apache-2.0
import { MAX_REQUEST_BYTES } from "./constants.ts";
import { readKeyValue } from "./keyValue.ts";
import { readKeyName, readProviderId } from "./names.ts";
import { parseJson } from "./parseJson.ts";
import type { Sensitive } from "./sensitive.ts";
import { optional, readObject, readWhole, type Reader } from "./shape.ts";
import { readTime } from "./time.ts";

/** Body of `POST /v1/keys/put`. */
export interface PutRequest {
  readonly name: string;
  readonly provider: string;
  /** From 1 up; a version that was seen before never returns with another value. */
  readonly version: number;
  readonly value: Sensitive;
  /** From then on the broker does not lend the key; none: as long as the daemon runs. RFC 3339. */
  readonly notAfter?: string;
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
}

const readPut = readObject<PutRequest>({
  name: readKeyName,
  provider: readProviderId,
  version: readWhole(1),
  value: readKeyValue,
  notAfter: optional(readTime),
});
const readActivate = readObject<ActivateRequest>({ name: readKeyName, version: readWhole(1) });
const readRevoke = readObject<RevokeRequest>({ name: readKeyName, version: optional(readWhole(1)) });
const readWipe = readObject<object>({});

/** @throws ParseError */
export function parsePutRequest(body: Uint8Array): PutRequest {
  return parse(body, readPut);
}

/** @throws ParseError */
export function parseActivateRequest(body: Uint8Array): ActivateRequest {
  return parse(body, readActivate);
}

/** @throws ParseError */
export function parseRevokeRequest(body: Uint8Array): RevokeRequest {
  return parse(body, readRevoke);
}

/** Checks the body of `POST /v1/wipe`, an empty object. @throws ParseError */
export function checkWipeRequest(body: Uint8Array): void {
  parse(body, readWipe);
}

function parse<T>(body: Uint8Array, reader: Reader<T>): T {
  return reader(parseJson(body, { maxBytes: MAX_REQUEST_BYTES, maxDepth: 2, sensitiveMembers: ["value"] }), "");
}

/**
 * The body of a put, with the value in it: the one place where it is written for the wire. The caller fills the buffer with zeros once sent.
 * @throws ParseError when the daemon would refuse the request
 */
export function renderPutRequest(request: PutRequest): Buffer {
  const checked = readPut(request, "");
  return Buffer.from(JSON.stringify({ ...checked, value: checked.value.reveal() }), "utf8");
}
