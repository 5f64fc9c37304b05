// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { connectTailscale, TailscaleError } from "../../../../lab/providers/tailscale/client.ts";
import {
  fakeApiKey,
  fakeOauthClient,
  type FakeTailscaleKeys,
  startFakeTailscaleKeys,
} from "../../../support/fakeTailscaleKeys.ts";
import { startScriptedServer } from "../../../support/scriptedServer.ts";

describe("the Tailscale client", () => {
  let fake: FakeTailscaleKeys | undefined;

  async function start() {
    fake = await startFakeTailscaleKeys();
    return fake;
  }

  afterEach(async () => {
    await fake?.close();
    fake = undefined;
  });

  it("sends an API key as the user of HTTP Basic", async () => {
    const { url, requests } = await start();
    const client = connectTailscale({}, { TAILSCALE_BASE_URL: url, TAILSCALE_API_KEY: fakeApiKey });
    await expect(client.call("GET", "keys/none")).rejects.toThrow("requested key not found (404)");
    expect(requests.map(({ authorization }) => authorization)).toEqual([
      `Basic ${Buffer.from("tskey-api-fake:").toString("base64")}`,
    ]);
  });

  it("fetches one token for an OAuth client and uses it again", async () => {
    const { url, requests } = await start();
    const client = connectTailscale(
      { baseUrl: url, tailnet: "example.com" },
      { TAILSCALE_OAUTH_CLIENT_ID: fakeOauthClient.id, TAILSCALE_OAUTH_CLIENT_SECRET: fakeOauthClient.secret },
    );
    await client.call("POST", "keys", { capabilities: {} });
    await client.call("POST", "keys", { capabilities: {} });
    expect(requests.map(({ method, path, authorization }) => [method, path, authorization])).toEqual([
      ["POST", "/api/v2/oauth/token", ""],
      ["POST", "/api/v2/tailnet/example.com/keys", "Bearer token-fake"],
      ["POST", "/api/v2/tailnet/example.com/keys", "Bearer token-fake"],
    ]);
  });

  it("reports a refused OAuth client without its secret", async () => {
    const { url } = await start();
    const client = connectTailscale(
      { baseUrl: url, oauthClientId: "other", oauthClientSecret: "tskey-client-wrong" },
      {},
    );
    const failure: unknown = await client.call("GET", "keys/k").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TailscaleError);
    expect(String(failure)).toContain(
      'oauth2: cannot fetch token: 401\nResponse: {"message":"OAuth client not found"}',
    );
    expect(String(failure)).not.toContain("wrong");
  });

  it("tries nothing twice", async () => {
    const { url, requests, failNext } = await start();
    failNext(500, '{"message":"down"}');
    const client = connectTailscale({ baseUrl: url, apiKey: fakeApiKey }, {});
    await expect(client.call("GET", "keys/k")).rejects.toThrow(/^down \(500\)$/);
    expect(requests).toHaveLength(1);
  });

  it("stumbles over a refusal that is no JSON, as the official client does", async () => {
    const { url, failNext } = await start();
    failNext(502, "<html>Bad gateway</html>");
    const client = connectTailscale({ baseUrl: url, apiKey: fakeApiKey }, {});
    await expect(client.call("GET", "keys/k")).rejects.toThrow(/^json decode error: /);
  });

  it("fails when a token answer has no token", async () => {
    const server = await startScriptedServer([{ body: {} }]);
    const client = connectTailscale({ baseUrl: server.url, oauthClientId: "i", oauthClientSecret: "s" }, {});
    await expect(client.call("GET", "keys/k")).rejects.toThrow("oauth2: server response missing access_token");
    await server.close();
  });

  it("reads credentials from a file when told to", async () => {
    const { url, requests } = await start();
    const folder = await mkdtemp(path.join(tmpdir(), "credentials-"));
    const file = path.join(folder, "key");
    await writeFile(file, `${fakeApiKey}\n`);
    const client = connectTailscale({}, { TAILSCALE_BASE_URL: url, TAILSCALE_API_KEY: `file:${file}` });
    await client.call("POST", "keys", { capabilities: {} });
    expect(requests).toHaveLength(1);
    await rm(folder, { recursive: true });
    expect(() => connectTailscale({ apiKey: `file:${file}` }, {})).toThrow(
      `Could not resolve file for apiKey: the file "${file}" could not be read`,
    );
  });

  it("refuses a base URL that is none", () => {
    expect(() => connectTailscale({ baseUrl: "not a url", apiKey: "k" }, {})).toThrow("Could not parse base URL");
  });
});
