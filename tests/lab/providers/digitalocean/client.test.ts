// SPDX-License-Identifier: Apache-2.0
import { connectDigitalOcean, DigitalOceanError } from "../../../../lab/providers/digitalocean/client.ts";
import type { PropertyMap } from "../../../../lab/providers/engine/propertyValue.ts";
import { providerClock } from "../../../support/providerClock.ts";
import { type ScriptedAnswer, type ScriptedServer, startScriptedServer } from "../../../support/scriptedServer.ts";

const ok = { status: 200, body: { done: true } };

describe("the DigitalOcean client", () => {
  let server: ScriptedServer | undefined;

  async function start(script: readonly ScriptedAnswer[], config: PropertyMap = {}, environment = {}) {
    server = await startScriptedServer(script);
    const clock = providerClock();
    const client = connectDigitalOcean(
      { token: "dop_v1_test", apiEndpoint: server.url, ...config },
      environment,
      clock,
    );
    return { server, clock, client };
  }

  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  it("sends the token and JSON, and returns JSON", async () => {
    const { server, client } = await start([ok]);
    expect(await client.call("POST", "/v2/tags", { name: "a" })).toEqual({ done: true });
    expect(server.requests).toEqual([
      {
        method: "POST",
        url: "/v2/tags",
        headers: expect.objectContaining({ authorization: "Bearer dop_v1_test", "content-type": "application/json" }),
        body: { name: "a" },
      },
    ]);
  });

  it("reports a refusal as the official provider does, and never with the token", async () => {
    const { server, client } = await start([
      { status: 422, body: { id: "unprocessable_entity", message: "Name is taken", request_id: "rq-1" } },
      { status: 404, headers: { "x-request-id": "rq-2" }, body: { id: "not_found", message: "No such tag" } },
      { status: 400, body: "<html>" },
    ]);
    const fail = () => client.call("GET", "/v2/x").catch((error: unknown) => error);
    const [first, second, third] = [await fail(), await fail(), await fail()];
    expect(first).toBeInstanceOf(DigitalOceanError);
    expect(first).toMatchObject({ status: 422, message: `GET ${server.url}/v2/x: 422 (request "rq-1") Name is taken` });
    expect(second).toMatchObject({ status: 404, message: `GET ${server.url}/v2/x: 404 (request "rq-2") No such tag` });
    expect(third).toMatchObject({ status: 400, message: `GET ${server.url}/v2/x: 400 <html>` });
  });

  it("tries 429, 5xx and broken connections again with doubling waits, POST included", async () => {
    const { server, clock, client } = await start([
      { status: 500 },
      { cut: true },
      { status: 429 },
      { status: 502 },
      ok,
    ]);
    expect(await client.call("POST", "/v2/droplets", {})).toEqual({ done: true });
    expect(clock.waits).toEqual([1000, 2000, 4000, 8000]);
    expect(server.requests).toHaveLength(5);
  });

  it("gives up after four more tries and says so", async () => {
    const { client, server } = await start(
      Array.from({ length: 5 }, () => ({ status: 503, body: { message: "down" } })),
    );
    await expect(client.call("GET", "/v2/x")).rejects.toThrow(
      `GET ${server.url}/v2/x: 503 down; giving up after 5 attempt(s)`,
    );
    expect(server.requests).toHaveLength(5);
  });

  it("names the reason when there is no connection at all", async () => {
    const { client, server, clock } = await start([]);
    await server.close();
    await expect(client.call("GET", "/v2/x")).rejects.toThrow(
      new RegExp(`^GET ${server.url}/v2/x giving up after 5 attempt\\(s\\): .*connect ECONNREFUSED`),
    );
    expect(clock.waits).toEqual([1000, 2000, 4000, 8000]);
  });

  it("waits as long as a 429 or 503 asks for, in seconds or until a date", async () => {
    const { client, clock } = await start([
      { status: 429, headers: { "retry-after": "7" } },
      {
        status: 503,
        headers: { "retry-after": "Thu, 01 Jan 2026 00:00:12 GMT", date: "Thu, 01 Jan 2026 00:00:02 GMT" },
      },
      { status: 500, headers: { "retry-after": "99" } },
      ok,
    ]);
    await client.call("GET", "/v2/x");
    expect(clock.waits).toEqual([7000, 10_000, 4000]);
  });

  it("tries nothing again that would fail again", async () => {
    for (const status of [400, 401, 403, 404, 409, 422, 501]) {
      const { client, server } = await start([{ status, body: { message: "no" } }]);
      await expect(client.call("POST", "/v2/x", {})).rejects.toThrow(`: ${String(status)} no`);
      expect(server.requests).toHaveLength(1);
      await server.close();
    }
  });

  it("takes the number of tries and the waits from configuration or environment", async () => {
    const none = await start([{ status: 500, body: { message: "down" } }], {}, { DIGITALOCEAN_HTTP_RETRY_MAX: "0" });
    await expect(none.client.call("GET", "/v2/x")).rejects.toThrow("500 down; giving up after 1 attempt(s)");
    await none.server.close();
    const config = { httpRetryMax: 2, httpRetryWaitMin: "0.5", httpRetryWaitMax: 0.75 };
    const some = await start([{ status: 500 }, { status: 500 }, ok], config);
    await some.client.call("GET", "/v2/x");
    expect(some.clock.waits).toEqual([500, 750]);
  });

  it("returns undefined from a look-up that finds nothing, and still fails for another reason", async () => {
    const { client } = await start([{ status: 404 }, { status: 403, body: { message: "no" } }, ok]);
    expect(await client.find("/v2/x")).toBeUndefined();
    await expect(client.find("/v2/x")).rejects.toThrow("403 no");
    expect(await client.find("/v2/x")).toEqual({ done: true });
  });

  it("reads all pages, 200 entries at a time", async () => {
    const { client, server } = await start([
      { body: { images: [{ id: 1 }], links: { pages: { next: "http://elsewhere/v2/images?page=2" } } } },
      { body: { images: [{ id: 2 }], links: {} } },
    ]);
    expect(await client.list("/v2/images?private=true", "images")).toEqual([{ id: 1 }, { id: 2 }]);
    expect(server.requests.map(({ url }) => url)).toEqual([
      "/v2/images?private=true&page=1&per_page=200",
      "/v2/images?private=true&page=2&per_page=200",
    ]);
  });

  it("finds token and endpoint in the environment", async () => {
    const server = await startScriptedServer([ok, ok, ok]);
    const connect = (environment: Record<string, string>) =>
      connectDigitalOcean({}, { DIGITALOCEAN_API_URL: server.url, ...environment }, providerClock());
    await connect({ DIGITALOCEAN_TOKEN: "first", DIGITALOCEAN_ACCESS_TOKEN: "second" }).call("GET", "/v2/x");
    await connect({ DIGITALOCEAN_TOKEN: "", DIGITALOCEAN_ACCESS_TOKEN: "second" }).call("GET", "/v2/x");
    await connect({}).call("GET", "/v2/x");
    await server.close();
    expect(server.requests.map(({ headers }) => headers.authorization)).toEqual([
      "Bearer first",
      "Bearer second",
      "Bearer",
    ]);
  });

  it("makes no call to connect, and refuses settings that cannot work", () => {
    expect(() => connectDigitalOcean({ apiEndpoint: "not a url" }, {})).toThrow('apiEndpoint "not a url" is not a URL');
    expect(() => connectDigitalOcean({}, { DIGITALOCEAN_HTTP_RETRY_MAX: "many" })).toThrow(
      "httpRetryMax (DIGITALOCEAN_HTTP_RETRY_MAX) must be a number of 0 or more",
    );
    expect(() => connectDigitalOcean({ apiEndpoint: "http://127.0.0.1:1" }, {})).not.toThrow();
  });
});
