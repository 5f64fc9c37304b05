// SPDX-License-Identifier: Apache-2.0
import { request } from "node:http";
import type { TestDaemon, TestReply } from "../../support/testDaemon.ts";

/** The members of a put for the key `anthropic`. */
export function putOf(version: number, value = `sk-ant-${version}`): Record<string, unknown> {
  return { name: "anthropic", provider: "anthropic", version, value };
}

/** Puts a version of the key `anthropic`. */
export function put(daemon: TestDaemon, version: number, value?: string): Promise<TestReply> {
  return daemon.call("POST", "/v1/keys/put", putOf(version, value));
}

/** The keys that the daemon holds, as versions by name with the active one first. */
export async function heldVersions(daemon: TestDaemon): Promise<Readonly<Record<string, readonly number[]>>> {
  const { keys } = (await daemon.call("GET", "/v1/status")).body as {
    keys: readonly { name: string; active: number; versions: readonly { version: number }[] }[];
  };
  return Object.fromEntries(
    keys.map(({ name, active, versions }) => [
      name,
      [active, ...versions.map(({ version }) => version).filter((version) => version !== active)],
    ]),
  );
}

/** What the audit log says after the start: action, key, version, code. */
export async function audited(daemon: TestDaemon): Promise<readonly unknown[]> {
  return (await daemon.audit())
    .filter(({ action }) => action !== "start")
    .map(({ action, key, version, code }) => [action, key, version, code]);
}

/** A put that comes from another address of loopback, as from another machine. */
export function putFrom(localAddress: string, daemon: TestDaemon, body: unknown): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { "sec-claws-no-browsers": "1", "content-type": "application/json" };
    const question = request(
      `${daemon.url}/v1/keys/put`,
      { method: "POST", localAddress, headers, agent: false },
      (answer) => answer.resume().once("end", () => resolve(answer.statusCode ?? 0)),
    );
    question.once("error", reject);
    question.end(JSON.stringify(body));
  });
}
