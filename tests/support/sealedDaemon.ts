// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { operatorKeyOf } from "../../cli/operatorKey.ts";
import { sealPut } from "../../cli/sealedPut.ts";
import { proveIdentity } from "../../protocol/dropletIdentity.ts";
import { publicKeyOf } from "../../protocol/ed25519.ts";
import { renderSealedPut } from "../../protocol/sealedPut.ts";
import type { SealReply } from "../../protocol/sealReply.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { startTestDaemon, type TestDaemon, type TestDaemonOptions, type TestReply } from "./testDaemon.ts";

/** A daemon that takes only sealed pushes, and the operator whom it knows. */
export interface SealedDaemon {
  readonly daemon: TestDaemon;
  /** Pushes a key as the operator's command line does. */
  put(name: string, version: number, value: string): Promise<TestReply>;
  stop(): Promise<void>;
}

/** Starts the daemon of a droplet that was provisioned with an operator's key. */
export async function startSealedDaemon(options: TestDaemonOptions = {}): Promise<SealedDaemon> {
  const operator = operatorKeyOf(randomBytes(32));
  const { privateKey } = generateKeyPairSync("ed25519");
  const publicKey = publicKeyOf(privateKey);
  const enrolment = Sensitive.from(randomBytes(32).toString("base64url"));
  const identity = { publicKey, proof: proveIdentity(enrolment, "a1", publicKey) };
  const stateFolder = await mkdtemp(join(tmpdir(), "claws-sealed-"));
  await writeFile(join(stateFolder, "identity"), privateKey.export({ format: "der", type: "pkcs8" }), { mode: 0o600 });
  const daemon = await startTestDaemon({
    ...{ ...options, stateFolder },
    facts: { operatorKeys: [operator.publicKey], identity },
  });
  return {
    daemon,
    async put(name, version, value) {
      const { body } = await daemon.call("POST", "/v1/seal", {});
      const request = { name, provider: name, version, value: Sensitive.from(value) };
      const sealed = await sealPut(request, body as SealReply, operator);
      return daemon.call("POST", "/v1/keys/put-sealed", JSON.parse(renderSealedPut(sealed).toString("utf8")) as object);
    },
    async stop() {
      await daemon.stop();
      await rm(stateFolder, { recursive: true, force: true });
    },
  };
}
