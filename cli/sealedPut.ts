// SPDX-License-Identifier: Apache-2.0
import { isIdentityOf } from "../protocol/dropletIdentity.ts";
import type { PutRequest } from "../protocol/keyRequests.ts";
import { renderSealedEnvelope, sealedPutText, type SealedPutRequest } from "../protocol/sealedPut.ts";
import { isSealSigned, type SealReply } from "../protocol/sealReply.ts";
import type { Sensitive } from "../protocol/sensitive.ts";
import { failure } from "./errors.ts";
import { signAsOperator, type OperatorKey } from "./operatorKey.ts";

/** The one droplet that may read what is sealed. */
export interface ExpectedDroplet {
  /** Name of the agent, which is the droplet's host name. */
  readonly agent: string;
  readonly nodeId: string;
  /** What only the program that made the droplet and the droplet's first boot have known. */
  readonly enrolment: Sensitive;
}

/**
 * Checks that a seal was made by the droplet that was provisioned, whatever the tailnet says about who answered.
 *
 * @throws UserError when another machine answered: nothing may be sent to it.
 */
export function checkSeal(seal: SealReply, { agent, nodeId, enrolment }: ExpectedDroplet): void {
  if (seal.nodeId !== nodeId) throw anotherMachine(agent, `it says that it is node ${seal.nodeId}, not ${nodeId}`);
  if (seal.identity === null) throw anotherMachine(agent, "it has no signing key");
  if (!isIdentityOf(seal.identity, enrolment, agent))
    throw anotherMachine(agent, "its signing key was not made at the first boot of this droplet");
  if (!isSealSigned(seal)) throw anotherMachine(agent, "its answer is not signed by the droplet's key");
}

/** Encrypts a put for the daemon that made the seal, and signs it. The seal must have been checked. */
export async function sealPut(request: PutRequest, seal: SealReply, operator: OperatorKey): Promise<SealedPutRequest> {
  const { nodeId, bootId, nonce, recipient } = seal;
  const { encryptBytes } = await import("./ageFile.ts");
  const content = renderSealedEnvelope({ officeClaws: 1, nodeId, bootId, nonce, put: request });
  try {
    const envelope = Buffer.from(await encryptBytes([recipient], content));
    return { operator: operator.publicKey, signature: signAsOperator(operator, sealedPutText(envelope)), envelope };
  } finally {
    content.fill(0);
  }
}

function anotherMachine(agent: string, how: string): Error {
  return failure(
    `another machine answered for agent "${agent}": ${how}`,
    "no key was sent; if you did not replace the droplet yourself, take the tailnet for compromised",
  );
}
