// SPDX-License-Identifier: Apache-2.0
// What becomes of a request's bytes, with a route that keeps hold of them.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { ControlRoute } from "../../../agent-image/daemon/controlRoute.ts";
import { createControlServers } from "../../../agent-image/daemon/controlServer.ts";
import { ParseError } from "../../../protocol/parseError.ts";
import { OPERATOR, RUNNING } from "../../support/testDaemon.ts";

const BODY = '{"value":"sk-canary"}';

/** Sends the body to a route that reads as told. @returns the status, the bytes then, and the bytes afterwards */
async function bytesAround(fail: (() => never) | undefined): Promise<readonly [number, string, string]> {
  let kept: Buffer = Buffer.alloc(0);
  let during = "";
  const route: ControlRoute = {
    ...{ method: "POST", path: "/v1/keys/put", action: "put", isRecorded: true },
    read: ({ body }) => {
      kept = body;
      during = body.toString();
      fail?.();
      return { key: null, version: null, decide: () => ({ code: "ok", act: () => ({}) }) };
    },
  };
  const server = createControlServers({
    routes: [route],
    audit: { append: () => Promise.resolve(1) },
    refusals: { record: () => Promise.resolve(true) },
    tailnet: { whois: () => Promise.resolve({ ...OPERATOR, capability: [{ actions: ["put"], keys: ["*"] }] }) },
    self: () => RUNNING.self,
    agentTag: "tag:agent",
    log: () => undefined,
    isStopping: () => false,
  })();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { status } = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/keys/put`, {
    method: "POST",
    headers: { "sec-claws-no-browsers": "1", "content-type": "application/json", connection: "close" },
    body: BODY,
  });
  server.close();
  await once(server, "close");
  return [status, during, kept.toString()];
}

describe("the bytes of a request", () => {
  const zeros = "\0".repeat(BODY.length);

  it.each<[string, number, (() => never) | undefined]>([
    ["was read", 200, undefined],
    [
      "could not be read",
      400,
      () => {
        throw new ParseError("value", "must be text");
      },
    ],
    [
      "led to a fault",
      500,
      () => {
        throw new Error("a bug");
      },
    ],
  ])("are overwritten once it %s", async (_, status, fail) => {
    expect(await bytesAround(fail)).toEqual([status, BODY, zeros]);
  });
});
