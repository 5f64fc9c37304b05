// SPDX-License-Identifier: Apache-2.0
import { connect } from "node:net";
import { once } from "node:events";
import { basic, startTailscaleApiBench, testApiKey, type TailscaleApiBench } from "../../support/tailscaleApiBench.ts";

let bench: TailscaleApiBench;
beforeEach(async () => {
  bench = await startTailscaleApiBench({
    oauthClients: [
      { id: "kread", secret: "tskey-client-read", scopes: ["devices:core:read", "auth_keys"], tags: ["tag:ci"] },
      { id: "kall", secret: "tskey-client-all", scopes: ["all"], tags: ["tag:ci"] },
    ],
  });
});
afterEach(() => bench.close());

const devices = "GET /tailnet/-/devices";

async function token(form: Readonly<Record<string, string>>): Promise<string> {
  const { json } = await bench.ask("POST /oauth/token", {
    authorization: null,
    text: new URLSearchParams(form).toString(),
  });
  return (json as { access_token: string }).access_token;
}

describe("who may call", () => {
  it("takes the API key by Basic and by Bearer", async () => {
    for (const authorization of [basic(testApiKey), `Bearer ${testApiKey}`, `bearer ${testApiKey}`]) {
      expect((await bench.ask(devices, { authorization })).status).toBe(200);
    }
  });

  it.each([
    ["nothing", null],
    ["another key", basic("tskey-api-other")],
    ["a part of the key", basic(testApiKey.slice(0, -1))],
    ["the key as password", basic("", testApiKey)],
    ["the key with a password", basic(testApiKey, "x")],
    ["an empty bearer", "Bearer "],
    ["an empty Basic", basic("")],
    ["another scheme", `Digest ${testApiKey}`],
    ["base64 of nothing sensible", "Basic ????"],
  ])("refuses %s", async (_what, authorization) => {
    const { status, json } = await bench.ask(devices, { authorization });
    expect([status, json]).toEqual([401, { message: "API token invalid", status: 401 }]);
    expect(bench.headscale.calls).toEqual([]);
  });
});

describe("OAuth", () => {
  it("gives a token for the client's ID and secret, in the form or by Basic", async () => {
    const inForm = await bench.ask("POST /oauth/token", {
      authorization: null,
      text: "client_id=kread&client_secret=tskey-client-read&grant_type=client_credentials",
    });
    expect(inForm.json).toEqual({
      access_token: expect.stringMatching(/^tskey-api-[0-9a-f]{16}CNTRL-[0-9a-f]{48}$/),
      token_type: "Bearer",
      expires_in: 3600,
      scope: "devices:core:read auth_keys",
      tags: "tag:ci",
    });
    const byBasic = await bench.ask("POST /oauth/token", {
      authorization: basic("kread", "tskey-client-read"),
      text: "",
    });
    expect(byBasic.status).toBe(200);
  });

  it("refuses a wrong secret, an unknown client and another grant", async () => {
    const statuses = [];
    for (const text of [
      "client_id=kread&client_secret=x",
      "client_id=x&client_secret=tskey-client-read",
      "",
      "client_id=kread",
    ]) {
      statuses.push((await bench.ask("POST /oauth/token", { authorization: null, text })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401]);
    const text = "client_id=kread&client_secret=tskey-client-read&grant_type=password";
    expect((await bench.ask("POST /oauth/token", { authorization: null, text })).status).toBe(400);
  });

  it("ends a token after an hour", async () => {
    const authorization = `Bearer ${await token({ client_id: "kread", client_secret: "tskey-client-read" })}`;
    bench.pass(3599);
    expect((await bench.ask(devices, { authorization })).status).toBe(200);
    bench.pass(1);
    expect((await bench.ask(devices, { authorization })).status).toBe(401);
  });

  it("holds a token to its scopes", async () => {
    bench.headscale.addNode({});
    const authorization = `Bearer ${await token({ client_id: "kread", client_secret: "tskey-client-read" })}`;
    const status = async (line: string): Promise<number> => (await bench.ask(line, { authorization })).status;
    expect(await status("GET /device/1")).toBe(200);
    expect(await status("GET /tailnet/-/keys")).toBe(200);
    expect(await status("DELETE /device/1")).toBe(403);
    expect(await status("GET /tailnet/-/acl")).toBe(403);
    expect(bench.headscale.nodes).toHaveLength(1);
    expect((await bench.ask("DELETE /device/1", { authorization })).json).toEqual({
      message: "calling actor does not have enough permissions to perform this function",
      status: 403,
    });
  });

  it("narrows a token to the scopes asked for and never widens it", async () => {
    const narrow = await token({ client_id: "kall", client_secret: "tskey-client-all", scope: "devices:core:read" });
    bench.headscale.addNode({});
    expect((await bench.ask(devices, { authorization: `Bearer ${narrow}` })).status).toBe(200);
    expect((await bench.ask("DELETE /device/1", { authorization: `Bearer ${narrow}` })).status).toBe(403);
    const wide = "client_id=kread&client_secret=tskey-client-read&scope=policy_file";
    expect((await bench.ask("POST /oauth/token", { authorization: null, text: wide })).status).toBe(403);
  });
});

describe("the front", () => {
  it("knows its tailnet as - and by name and no other", async () => {
    expect((await bench.ask("GET /tailnet/tailnet.lab.example/devices")).status).toBe(200);
    expect((await bench.ask("GET /tailnet/other.example/devices")).json).toEqual({ message: "not found", status: 404 });
    expect((await bench.ask("GET /tailnet/tailnetxlab.example/devices")).status).toBe(404);
  });

  it("answers unknown paths, methods and escapes with JSON", async () => {
    expect((await bench.ask("GET /nothing")).json).toEqual({ message: "not found", status: 404 });
    expect((await bench.ask("PUT /tailnet/-/acl", { text: "{}" })).json).toEqual({
      message: "method not allowed",
      status: 405,
    });
    expect((await bench.ask("GET /device/%ff")).json).toEqual({ message: "malformed path", status: 400 });
  });

  it("refuses a body beyond a mebibyte", async () => {
    expect((await bench.ask("POST /tailnet/-/acl", { text: " ".repeat(1024 * 1024 + 1) })).status).toBe(413);
  });

  it("records who asked for what, also what was refused, and no secret", async () => {
    await bench.ask(`${devices}?fields=all`);
    await bench.ask(devices, { authorization: basic("wrong") });
    const made = await token({ client_id: "kread", client_secret: "tskey-client-read" });
    await bench.ask(devices, { authorization: `Bearer ${made}` });
    const time = "2026-01-01T00:00:00.000Z";
    expect(bench.api.requests).toEqual([
      { time, method: "GET", path: "/api/v2/tailnet/-/devices?fields=all", status: 200, caller: "api-key" },
      { time, method: "GET", path: "/api/v2/tailnet/-/devices", status: 401, caller: null },
      { time, method: "POST", path: "/api/v2/oauth/token", status: 200, caller: null },
      { time, method: "GET", path: "/api/v2/tailnet/-/devices", status: 200, caller: "kread" },
    ]);
  });

  it("fails as often as it was told to, without any effect", async () => {
    bench.headscale.addNode({});
    bench.api.addFault({ method: "DELETE", path: /\/device\//, status: 503, message: "try later", times: 2 });
    for (const expected of [503, 503, 200]) {
      expect((await bench.ask("DELETE /device/1")).status).toBe(expected);
    }
    expect(bench.headscale.calls.filter((call) => call.startsWith("DELETE"))).toHaveLength(1);
  });

  it("says only that something failed inside when headscale answers nonsense", async () => {
    bench.headscale.override = { status: 200, body: "no JSON, and a secret" };
    expect((await bench.ask(devices)).json).toEqual({ message: "internal server error", status: 500 });
  });

  it("goes on after a client that left in the middle of its body", async () => {
    const socket = connect(Number(new URL(bench.api.url).port), "127.0.0.1");
    socket.write("POST /api/v2/tailnet/-/acl HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{");
    await once(socket, "connect");
    socket.resetAndDestroy();
    expect((await bench.ask(devices)).status).toBe(200);
  });
});
