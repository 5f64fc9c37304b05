// SPDX-License-Identifier: Apache-2.0
import { Encrypter } from "age-encryption";
import { randomBytes, type KeyObject } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeIdentity } from "../../agent-image/daemon/firstBoot/identityFile.ts";
import type { AgentFacts } from "../../protocol/agentFacts.ts";
import type { DropletIdentity } from "../../protocol/dropletIdentity.ts";
import { privateKeyOfSeed, publicKeyOf, signText } from "../../protocol/ed25519.ts";
import { sealedPutText } from "../../protocol/sealedPut.ts";
import type { SealReply } from "../../protocol/sealReply.ts";
import { Sensitive } from "../../protocol/sensitive.ts";

/** An operator with a signing key, and the droplet that was provisioned with it. */
export interface TestOperator {
  readonly publicKey: string;
  readonly privateKey: KeyObject;
  /** base64url, as the stack keeps it. */
  readonly enrolment: string;
  /** State folder in which first boot left the droplet's identity. The test removes it. */
  readonly stateFolder: string;
  readonly identity: DropletIdentity;
  /** For `startTestDaemon`. */
  readonly facts: Pick<AgentFacts, "operatorKeys" | "identity">;
}

/** Makes an operator and the state folder of its droplet, whose host name is that of every test daemon. */
export async function startTestOperator(hostname = "a1"): Promise<TestOperator> {
  const privateKey = privateKeyOfSeed(randomBytes(32));
  const publicKey = publicKeyOf(privateKey);
  const enrolment = randomBytes(32).toString("base64url");
  const stateFolder = await mkdtemp(join(tmpdir(), "claws-operator-"));
  const options = { path: join(stateFolder, "identity"), random: randomBytes };
  const identity = await makeIdentity({ hostname, enrolment: Sensitive.from(enrolment) }, options);
  if (identity === undefined) throw new Error("the droplet made no identity");
  const facts = { operatorKeys: [publicKey], identity };
  return { publicKey, privateKey, enrolment, stateFolder, identity, facts };
}

/** What a sealed push may say otherwise than it should. */
export interface SealedPushChanges {
  /** Members of the envelope. */
  readonly envelope?: Readonly<Record<string, unknown>>;
  /** Who signs; the operator itself unless told otherwise. */
  readonly signer?: KeyObject;
  /** age recipient; the seal's unless told otherwise. */
  readonly recipient?: string;
}

/** The body of a sealed push of this put, made with another implementation of age than the daemon's. */
export async function sealPut(
  operator: Pick<TestOperator, "publicKey" | "privateKey">,
  seal: SealReply,
  put: object,
  changes: SealedPushChanges = {},
): Promise<{ operator: string; signature: string; envelope: string }> {
  const { nodeId, bootId, nonce } = seal;
  const content = JSON.stringify({ officeClaws: 1, nodeId, bootId, nonce, put, ...changes.envelope });
  const encrypter = new Encrypter();
  encrypter.addRecipient(changes.recipient ?? seal.recipient);
  const envelope = Buffer.from(await encrypter.encrypt(content));
  const signature = signText(changes.signer ?? operator.privateKey, sealedPutText(envelope));
  return { operator: operator.publicKey, signature, envelope: envelope.toString("base64") };
}
