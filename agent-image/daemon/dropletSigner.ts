// SPDX-License-Identifier: Apache-2.0
import { createPrivateKey, type KeyObject } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { AgentFacts } from "../../protocol/agentFacts.ts";
import { publicKeyOf } from "../../protocol/ed25519.ts";
import { errorText } from "./errorText.ts";
import type { DropletSigner } from "./sealBox.ts";

const MAX_FILE_BYTES = 256;

/**
 * Reads the private half of the droplet's identity, which first boot left for the daemon alone.
 *
 * @returns undefined for an agent without operators' keys, which has no identity.
 * @throws Error when the file is missing, open to others, malformed, or not the one of agent.json
 */
export async function readDropletSigner(
  path: string,
  { identity }: Pick<AgentFacts, "identity">,
): Promise<DropletSigner | undefined> {
  if (identity === undefined) return undefined;
  try {
    const privateKey = await readPrivateKey(path);
    if (publicKeyOf(privateKey) !== identity.publicKey) throw new Error("it is not the key that agent.json names");
    return { identity, privateKey };
  } catch (error) {
    throw new Error(`cannot use the droplet's identity "${path}": ${errorText(error)}`, { cause: error });
  }
}

async function readPrivateKey(path: string): Promise<KeyObject> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  const bytes = Buffer.alloc(MAX_FILE_BYTES);
  try {
    const status = await file.stat();
    if (!status.isFile() || (status.mode & 0o077) !== 0) throw new Error("others than its owner may use it");
    const { bytesRead } = await file.read(bytes, 0, MAX_FILE_BYTES, 0);
    return parsePrivateKey(bytes.subarray(0, bytesRead));
  } finally {
    bytes.fill(0);
    await file.close();
  }
}

/** @throws Error that holds nothing of the bytes */
function parsePrivateKey(key: Buffer): KeyObject {
  try {
    const privateKey = createPrivateKey({ key, format: "der", type: "pkcs8" });
    if (privateKey.asymmetricKeyType === "ed25519") return privateKey;
  } catch {
    // Falls through: OpenSSL's words tell nobody anything.
  }
  throw new Error("it holds no Ed25519 key");
}
