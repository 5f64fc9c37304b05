// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import fc from "fast-check";

import { createDeviceApi, parseDevices } from "../../components/tailscaleDevices.ts";

const good = {
  nodeId: "n1",
  name: "a1.tail.example",
  hostname: "a1",
  authorized: true,
  tags: ["tag:agent"],
  created: "2026-01-02T03:04:05Z",
};

describe("parseDevices", () => {
  it("keeps the fields that are used and reads the time", () => {
    expect(parseDevices({ devices: [{ ...good, os: "linux", lastSeen: null }] })).toEqual([
      { ...good, created: Date.parse("2026-01-02T03:04:05Z") },
    ]);
  });

  it("takes a device without tags for an untagged one", () => {
    const untagged = { ...good, tags: undefined };
    expect(parseDevices({ devices: [untagged] })[0]?.tags).toEqual([]);
  });

  it.each([
    ["nodeId", ""],
    ["nodeId", 4],
    ["name", null],
    ["hostname", undefined],
    ["authorized", "yes"],
    ["tags", "tag:agent"],
    ["tags", [1]],
    ["created", "soon"],
    ["created", 0],
  ])("refuses a device whose %s is %j", (field, value) => {
    expect(() => parseDevices({ devices: [{ ...good, [field]: value }] })).toThrow("cannot read the device list");
  });

  it("either reads or throws, whatever it is given", () => {
    fc.assert(
      fc.property(fc.anything(), (body) => {
        try {
          return Array.isArray(parseDevices(body));
        } catch (error) {
          return error instanceof Error && error.message.startsWith("cannot read the device list");
        }
      }),
    );
  });
});

describe("createDeviceApi", () => {
  it("asks for a token again after a try that failed, and keeps the one it got", async () => {
    const calls: string[] = [];
    const server = createServer((request, response) => {
      calls.push(`${request.method} ${request.url}`);
      const failing = calls.length === 1;
      response.writeHead(failing ? 503 : 200, { "content-type": "application/json" });
      response.end(JSON.stringify(failing ? { message: "later" } : { access_token: "t", devices: [] }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const api = createDeviceApi({
      TAILSCALE_BASE_URL: `http://127.0.0.1:${port}`,
      TAILSCALE_OAUTH_CLIENT_ID: "id",
      TAILSCALE_OAUTH_CLIENT_SECRET: "secret",
    });
    await expect(api.list()).rejects.toMatchObject({ status: 503 });
    await expect(api.list()).resolves.toEqual([]);
    await expect(api.list()).resolves.toEqual([]);
    server.closeAllConnections();
    server.close();

    const list = "GET /api/v2/tailnet/-/devices?fields=all";
    expect(calls).toEqual(["POST /api/v2/oauth/token", "POST /api/v2/oauth/token", list, list]);
  });

  it.each([
    {},
    { TAILSCALE_OAUTH_CLIENT_ID: "id" },
    { TAILSCALE_OAUTH_CLIENT_SECRET: "secret" },
    { TAILSCALE_API_KEY: "" },
  ])("refuses an environment without a whole credential: %j", (environment) => {
    expect(() => createDeviceApi(environment)).toThrow("no Tailscale credential");
  });
});
