// SPDX-License-Identifier: Apache-2.0
import { proveIdentity, type DropletIdentity } from "../../../protocol/dropletIdentity.ts";
import { privateKeyOfSeed, publicKeyOf } from "../../../protocol/ed25519.ts";
import type { UserData } from "./userData.ts";
import { writeWholeFile } from "../wholeFile.ts";

/** Where the droplet's identity is made. */
export interface IdentityOptions {
  /** Where its private half goes: PKCS8 in DER, for the owner only, in a folder that exists. */
  readonly path: string;
  readonly random: (bytes: number) => Buffer;
}

/**
 * Makes the droplet's own signing key and proves with the enrolment secret that it is this droplet's. An identity of an earlier try is
 * replaced: nobody has seen it.
 *
 * @returns its public half with the proof; undefined when the agent has no operators' keys.
 */
export async function makeIdentity(
  { hostname, enrolment }: Pick<UserData, "hostname" | "enrolment">,
  { path, random }: IdentityOptions,
): Promise<DropletIdentity | undefined> {
  if (enrolment === undefined) return undefined;
  const seed = random(32);
  const privateKey = privateKeyOfSeed(seed);
  seed.fill(0);
  const publicKey = publicKeyOf(privateKey);
  const bytes = privateKey.export({ format: "der", type: "pkcs8" });
  try {
    await writeWholeFile(path, bytes, 0o600);
  } finally {
    bytes.fill(0);
  }
  const proof = proveIdentity(enrolment, hostname, publicKey);
  enrolment.wipe();
  return { publicKey, proof };
}
