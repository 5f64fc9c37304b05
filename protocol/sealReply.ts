// SPDX-License-Identifier: Apache-2.0
import { readBase64Url } from "./base64url.ts";
import { readDropletIdentity, type DropletIdentity } from "./dropletIdentity.ts";
import { isSignedBy, readSignature } from "./ed25519.ts";
import { readBootId, readNodeId } from "./names.ts";
import { parseJson } from "./parseJson.ts";
import { nullOr, readObject, readOneOf, readText, type Reader } from "./shape.ts";

/** Reply of `POST /v1/seal`: what one sealed push is encrypted to and bound to. */
export interface SealReply {
  readonly officeClaws: 1;
  readonly nodeId: string;
  readonly bootId: string;
  /** age recipient whose identity is in the daemon's memory only, another one in each start. */
  readonly recipient: string;
  /** 16 random bytes, base64url; good for one push within two minutes. */
  readonly nonce: string;
  /** Null when the agent was provisioned without an operator's key. */
  readonly identity: DropletIdentity | null;
  /** By the droplet's identity over {@link sealText}; null when there is no identity. */
  readonly signature: string | null;
}

/** Reads the recipient of a start of the daemon. */
export const readRecipient: Reader<string> = readText(62, /^age1[02-9ac-hj-np-z]{58}$/, "an age recipient");

/** Reads a nonce of a seal. */
export const readNonce: Reader<string> = readBase64Url(16);

const read = readObject<SealReply>({
  officeClaws: readOneOf([1]),
  nodeId: readNodeId,
  bootId: readBootId,
  recipient: readRecipient,
  nonce: readNonce,
  identity: nullOr(readDropletIdentity),
  signature: nullOr(readSignature),
});

/** @throws ParseError */
export function parseSealReply(body: Uint8Array): SealReply {
  return read(parseJson(body, { maxBytes: 4096, maxDepth: 2 }), "");
}

/** The text that the droplet signs. */
export function sealText(seal: Pick<SealReply, "nodeId" | "bootId" | "recipient" | "nonce">): string {
  return `office-claws seal v1\n${[seal.nodeId, seal.bootId, seal.recipient, seal.nonce].join("\n")}`;
}

/** Whether the reply is signed by the identity in it. Whose identity that is must be checked on its own. */
export function isSealSigned(seal: SealReply): boolean {
  const { identity, signature } = seal;
  return identity !== null && signature !== null && isSignedBy(identity.publicKey, sealText(seal), signature);
}
