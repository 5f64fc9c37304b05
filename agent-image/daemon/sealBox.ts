// SPDX-License-Identifier: Apache-2.0
import type { KeyObject } from "node:crypto";
import { AgeFailure } from "../../protocol/age/ageFailure.ts";
import { readAgeFile } from "../../protocol/age/readAgeFile.ts";
import { recipientText, x25519IdentityOf, type X25519Identity } from "../../protocol/age/x25519Identity.ts";
import type { AgentFacts } from "../../protocol/agentFacts.ts";
import type { DropletIdentity } from "../../protocol/dropletIdentity.ts";
import { isSignedBy, signText } from "../../protocol/ed25519.ts";
import type { ControlErrorCode } from "../../protocol/errorReply.ts";
import type { PutRequest } from "../../protocol/keyRequests.ts";
import {
  parseSealedEnvelope,
  sealedPutText,
  type SealedEnvelope,
  type SealedPutRequest,
} from "../../protocol/sealedPut.ts";
import { sealText, type SealReply } from "../../protocol/sealReply.ts";
import { ControlRefusal } from "./controlRefusal.ts";

/** How long a nonce is good, in milliseconds: an operator's machine answers at once. */
export const NONCE_MILLISECONDS = 120_000;
/** Most nonces that are good at once; one more makes the oldest worthless. */
export const MAX_NONCES = 64;

/** The droplet's signing key with what proves whose it is. */
export interface DropletSigner {
  readonly identity: DropletIdentity;
  readonly privateKey: KeyObject;
}

/** What a box of seals needs. */
export interface SealBoxOptions {
  readonly facts: Pick<AgentFacts, "operatorKeys">;
  /** There exactly when there are operators' keys. */
  readonly signer: DropletSigner | undefined;
  readonly bootId: string;
  readonly nodeId: () => string;
  readonly random: (bytes: number) => Buffer;
  /** Milliseconds that only go up. */
  readonly monotonic: () => number;
}

/**
 * Gives out seals and opens what was sealed with them. The key that opens is made anew in each start and never leaves the memory, so
 * neither an old push nor one for another machine can be opened; a seal is good for one push only.
 */
export class SealBox {
  readonly #options: SealBoxOptions;
  readonly #identity: X25519Identity;
  readonly #recipient: string;
  /** Nonces that are good, oldest first, with the moment at which they were given out. */
  readonly #nonces = new Map<string, number>();

  constructor(options: SealBoxOptions) {
    this.#options = options;
    const scalar = options.random(32);
    this.#identity = x25519IdentityOf(scalar);
    scalar.fill(0);
    this.#recipient = recipientText(this.#identity);
  }

  /** A new seal. */
  issue(): SealReply {
    const { bootId, nodeId, random, monotonic, signer } = this.#options;
    const nonce = random(16).toString("base64url");
    this.#nonces.set(nonce, monotonic());
    const [oldest] = this.#nonces.keys();
    if (this.#nonces.size > MAX_NONCES && oldest !== undefined) this.#nonces.delete(oldest);
    const seal = { nodeId: nodeId(), bootId, recipient: this.#recipient, nonce };
    const signature = signer === undefined ? null : signText(signer.privateKey, sealText(seal));
    return { officeClaws: 1, ...seal, identity: signer?.identity ?? null, signature };
  }

  /**
   * Opens a sealed put: first who signed it, then what is in it, then whether its seal is good. The seal is used up by then, whatever
   * comes after. @throws ControlRefusal, or ParseError for content that is no envelope
   */
  open(request: SealedPutRequest): PutRequest {
    const { operatorKeys } = this.#options.facts;
    if (operatorKeys === undefined) throw new ControlRefusal("sealed-push-not-configured");
    if (!operatorKeys.includes(request.operator)) throw new ControlRefusal("unknown-operator");
    if (!isSignedBy(request.operator, sealedPutText(request.envelope), request.signature))
      throw new ControlRefusal("bad-signature");
    const envelope = this.#decrypt(request.envelope);
    const refusal = this.#refuse(envelope);
    if (refusal === undefined) return envelope.put;
    envelope.put.value.wipe();
    throw new ControlRefusal(refusal);
  }

  #decrypt(file: Buffer): SealedEnvelope {
    const content = this.#readFile(file);
    try {
      return parseSealedEnvelope(content);
    } finally {
      content.fill(0);
    }
  }

  #readFile(file: Buffer): Buffer {
    try {
      return readAgeFile([this.#identity], file);
    } catch (error) {
      if (!(error instanceof AgeFailure)) throw error;
      // For the recipient of an earlier start, most likely: the sender should ask again.
      throw new ControlRefusal(error.kind === "no match" ? "stale-seal" : "bad-request");
    }
  }

  #refuse({ nodeId, bootId, nonce }: SealedEnvelope): ControlErrorCode | undefined {
    const isFresh = this.#takeNonce(nonce);
    if (nodeId !== this.#options.nodeId()) return "bad-request";
    return isFresh && bootId === this.#options.bootId ? undefined : "stale-seal";
  }

  #takeNonce(nonce: string): boolean {
    const issued = this.#nonces.get(nonce);
    this.#nonces.delete(nonce);
    return issued !== undefined && this.#options.monotonic() - issued < NONCE_MILLISECONDS;
  }
}
