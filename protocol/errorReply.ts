// SPDX-License-Identifier: Apache-2.0
import { parseJson } from "./parseJson.ts";
import { optional, readObject, readText, readWhole } from "./shape.ts";
import { readTime } from "./time.ts";

/** Every error of the control API: code, HTTP status and the constant text that the caller sees. */
export const CONTROL_ERRORS = {
  "bad-request": { status: 400, text: "the request does not have the form it must have" },
  "access-denied": { status: 403, text: "access denied" },
  "browser-refused": { status: 403, text: "calls from browsers are refused" },
  "panel-refused": { status: 403, text: "the request does not come from the panel's own page" },
  "panel-expired": { status: 403, text: "the panel's page has no session any more; it must ask for a new one" },
  "sealed-push-required": { status: 403, text: "this agent takes keys only in sealed pushes signed by an operator" },
  "unknown-operator": { status: 403, text: "the push is signed by an operator whom this agent does not know" },
  "bad-signature": { status: 403, text: "the operator's signature does not belong to this push" },
  "not-found": { status: 404, text: "no such route" },
  "unknown-key": { status: 404, text: "no key with this name is held" },
  "unknown-version": { status: 404, text: "this version of the key is not held" },
  "method-not-allowed": { status: 405, text: "this route has another method" },
  "version-conflict": { status: 409, text: "this version is held with another value or provider" },
  "stale-version": { status: 409, text: "a higher version of this key has been seen" },
  "revoked-version": { status: 409, text: "this version has been revoked and cannot return" },
  "active-version": { status: 409, text: "the active version can only be revoked together with the whole key" },
  "provider-taken": { status: 409, text: "the provider already has a key with another name" },
  "provider-not-configured": { status: 409, text: "this agent is not configured for the provider" },
  "too-many-versions": { status: 409, text: "too many versions of this key are held; revoke one first" },
  "stale-seal": { status: 409, text: "the push is not for a seal that is still good; ask for a new one" },
  "sealed-push-not-configured": { status: 409, text: "this agent was provisioned without an operator's key" },
  "remote-broker": { status: 409, text: "this agent uses its owner's broker and holds no key" },
  "too-large": { status: 413, text: "the request is too large" },
  "wrong-media-type": { status: 415, text: "the body must be application/json without encoding" },
  "wrong-host": { status: 421, text: "the Host header names another machine" },
  "internal-error": { status: 500, text: "internal error" },
  "audit-unavailable": { status: 503, text: "the audit log cannot be written, so nothing was changed" },
  "identity-unavailable": { status: 503, text: "the caller's identity cannot be looked up" },
  stopping: { status: 503, text: "the daemon is stopping" },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly text: string }>>;

/** Code of an error of the control API. */
export type ControlErrorCode = keyof typeof CONTROL_ERRORS;

/** Who put the version that a put lost against. */
export interface Winner {
  readonly version: number;
  /** Name of the node that put it, or its ID. */
  readonly by: string;
  readonly at: string;
}

/** Body of every reply of the control API with a status of 400 or more. */
export interface ErrorReply {
  /** Constant text for humans. */
  readonly error: string;
  /** For programs; one of {@link CONTROL_ERRORS}, or one that a newer daemon knows. */
  readonly code: string;
  /** With `version-conflict` and `stale-version`, if the caller may see the status of the key. */
  readonly winner?: Winner;
}

const readWinner = readObject<Winner>({ version: readWhole(1), by: readText(300), at: readTime });

const read = readObject<ErrorReply>({
  error: readText(200, /^[\x20-\x7e]+$/, "printable ASCII"),
  code: readText(60, /^[a-z]+(?:-[a-z0-9]+)*$/, "words with hyphens"),
  winner: optional(readWinner),
});

/** @throws ParseError */
export function parseErrorReply(body: Uint8Array): ErrorReply {
  return read(parseJson(body, { maxBytes: 4096, maxDepth: 2 }), "");
}
