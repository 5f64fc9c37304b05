// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import type { FaultEffect } from "../../../lab/digitalocean/faults.ts";
import { closeTestClouds, plainDroplet, startTestCloud, type TestCloud } from "../../support/testCloud.ts";

interface ErrorView {
  readonly id: string;
  readonly message: string;
  readonly request_id: string;
}

const json = { authorization: "Bearer token-1", "content-type": "application/json" };

/** Sends bytes as they are and returns everything that comes back until the server closes. */
async function sendRaw(cloud: TestCloud, request: string): Promise<string> {
  const socket = connect(Number(new URL(cloud.api.url).port), "127.0.0.1");
  socket.end(request);
  return text(socket);
}

describe("the API's server", () => {
  let cloud: TestCloud;
  beforeEach(async () => (cloud = await startTestCloud()));
  afterEach(closeTestClouds);

  describe("authentication", () => {
    it.each([
      ["no header", {}],
      ["a wrong token", { authorization: "Bearer token-2" }],
      ["a longer token", { authorization: "Bearer token-11" }],
      ["an empty token", { authorization: "Bearer " }],
      ["another scheme", { authorization: "Basic dG9rZW4tMTo=" }],
      ["no scheme", { authorization: "token-1" }],
    ])("refuses %s before it looks at the path", async (_what, headers) => {
      const response = await fetch(`${cloud.api.url}/v2/no/such/path`, { headers: headers as Record<string, string> });
      expect(response.status).toBe(401);
      expect(await response.json()).toEqual({
        id: "unauthorized",
        message: "Unable to authenticate you",
        request_id: response.headers.get("x-request-id"),
      });
      expect(response.headers.get("ratelimit-limit")).toBe("5000");
    });

    it("accepts the scheme in any capitalisation", async () => {
      const response = await fetch(`${cloud.api.url}/v2/account`, { headers: { authorization: "bearer token-1" } });
      expect(response.status).toBe(200);
    });
  });

  describe("every answer", () => {
    it("is JSON with a request ID and the rate limit", async () => {
      const answer = await cloud.call("GET", "/v2/account");
      expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
      expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      expect(answer.headers.get("ratelimit-limit")).toBe("5000");
      expect(answer.headers.get("ratelimit-remaining")).toBe("4999");
      expect(answer.headers.get("ratelimit-reset")).toBe(String(Date.UTC(2026, 0, 1, 1) / 1000));
    });

    it.each([
      ["GET", "/"],
      ["GET", "/v2"],
      ["GET", "/v2/nothing"],
      ["PUT", "/v2/droplets"],
      ["OPTIONS", "/v2/droplets"],
      ["GET", "/v2/droplets/abc"],
      ["GET", "/v2/droplets/1"],
      ["GET", "/v2/firewalls/not-a-uuid"],
      ["GET", "/v2/actions/1"],
      ["GET", "/v2/volumes/1"],
    ])("is 404 for %s %s", async (method, path) => {
      const answer = await cloud.call<ErrorView>(method, path);
      expect(answer.status).toBe(404);
      expect(answer.body.id).toBe("not_found");
      expect(answer.body.message).toBe("The resource you were accessing could not be found.");
      expect(answer.body.request_id).toBe(answer.headers.get("x-request-id"));
    });

    it("to HEAD has the headers of GET and no body", async () => {
      const response = await fetch(`${cloud.api.url}/v2/regions`, { method: "HEAD", headers: json });
      expect(response.status).toBe(200);
      expect(Number(response.headers.get("content-length"))).toBeGreaterThan(100);
      expect(await response.text()).toBe("");
    });

    it("to a deletion is 204 and empty", async () => {
      await cloud.call("POST", "/v2/tags", { name: "a" });
      const answer = await cloud.call("DELETE", "/v2/tags/a");
      expect(answer.status).toBe(204);
      expect(answer.body).toBeNull();
      expect(answer.headers.has("content-length")).toBe(false);
    });
  });

  describe("bodies", () => {
    const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = json): Promise<Response> =>
      fetch(`${cloud.api.url}/v2/tags`, { method: "POST", headers, body });

    it.each([
      "{",
      "nonsense",
      '{"name":"a"',
      "{'name':'a'}",
      '{"name":"a",}',
      '"',
      "\u0000",
      "[",
      "NaN",
      '{"name":01}',
    ])("that are no JSON are 400: %j", async (body) => {
      const response = await post(body);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ id: "bad_request", message: "error parsing request body" });
    });

    it.each(["null", "1", '"text"', "[]", '[{"name":"a"}]', "true"])("that are no object are 400: %s", async (body) => {
      expect((await post(body)).status).toBe(400);
    });

    it("that are missing are 400 where one is needed", async () => {
      expect((await cloud.call("POST", "/v2/tags")).status).toBe(400);
    });

    it("with a member twice count the last one", async () => {
      const response = await post('{"name":"first","name":"second"}');
      expect(await response.json()).toMatchObject({ tag: { name: "second" } });
    });

    it("with names of built-in members change nothing for others", async () => {
      await post('{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}},"name":"a"}');
      expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
      const answer = await cloud.call<{ tags: unknown[] }>("GET", "/v2/tags");
      expect(answer.body.tags).toHaveLength(1);
    });

    it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])("may name a tag %s", async (name) => {
      expect((await post(JSON.stringify({ name }))).status).toBe(201);
      expect((await cloud.call("GET", `/v2/tags/${name}`)).status).toBe(200);
      expect((await cloud.call("GET", "/v2/tags/valueOf")).status).toBe(404);
    });

    it("nested 100 000 deep do no harm", async () => {
      const response = await post(`{"name":${"[".repeat(100_000)}${"]".repeat(100_000)}}`);
      expect(response.status).toBe(422);
      expect((await cloud.call("GET", "/v2/account")).status).toBe(200);
    });

    it("of another type are 415", async () => {
      const response = await post("name=a", { ...json, "content-type": "application/x-www-form-urlencoded" });
      expect(response.status).toBe(415);
    });

    it("may name a charset", async () => {
      const response = await post('{"name":"a"}', { ...json, "content-type": "application/json; charset=utf-8" });
      expect(response.status).toBe(201);
    });

    it("with bytes that are no UTF-8 are read as far as possible, never a crash", async () => {
      const response = await post(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]));
      expect(response.status).toBe(400);
    });

    it("of 10 MB are refused with 413 and not kept", async () => {
      const head = `POST /v2/tags HTTP/1.1\r\nhost: x\r\nauthorization: Bearer token-1\r\ncontent-type: application/json\r\n`;
      const socket = connect(Number(new URL(cloud.api.url).port), "127.0.0.1");
      socket.on("error", () => undefined);
      socket.write(`${head}content-length: ${10 * 1024 * 1024}\r\n\r\n`);
      socket.write("x".repeat(2 * 1024 * 1024));
      const [answer] = (await once(socket, "data")) as [Buffer];
      socket.destroy();
      expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /);
      expect(answer.toString()).toContain("request_entity_too_large");
      expect(answer.toString().toLowerCase()).toContain("connection: close");
      expect(cloud.api.requests[0]?.body).toHaveLength(1024 * 1024);
      expect((await cloud.call("GET", "/v2/account")).status).toBe(200);
    });

    it("of just under the limit are read", async () => {
      const response = await post(JSON.stringify({ name: "a", padding: "x".repeat(1024 * 1024 - 100) }));
      expect(response.status).toBe(201);
    });
  });

  describe("hostile HTTP", () => {
    const head = "authorization: Bearer token-1\r\nconnection: close\r\n";

    it("answers a request in absolute form for what it is: no path of this API", async () => {
      const answer = await sendRaw(cloud, `GET http://evil.example/v2/account HTTP/1.1\r\nhost: x\r\n${head}\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    });

    it("does not take a path with two slashes for another host", async () => {
      const answer = await sendRaw(cloud, `GET //evil.example/v2/account HTTP/1.1\r\nhost: x\r\n${head}\r\n`);
      expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    });

    it("refuses both a length and chunks", async () => {
      const answer = await sendRaw(
        cloud,
        `POST /v2/tags HTTP/1.1\r\nhost: x\r\n${head}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    });

    it("survives garbage and a client that goes away in the middle of its body", async () => {
      await sendRaw(cloud, "\u0016\u0003\u0001 not HTTP at all\r\n\r\n");
      const socket = connect(Number(new URL(cloud.api.url).port), "127.0.0.1");
      socket.write(`POST /v2/tags HTTP/1.1\r\nhost: x\r\n${head}content-length: 100\r\n\r\n{"na`);
      socket.destroy();
      expect((await cloud.call("GET", "/v2/account")).status).toBe(200);
    });

    it("builds links from the Host header only when it is one", async () => {
      const list = (host: string): Promise<string> =>
        sendRaw(cloud, `GET /v2/regions?per_page=1 HTTP/1.1\r\nhost: ${host}\r\n${head}\r\n`);
      expect(await list("api.example:81")).toContain('"next":"http://api.example:81/v2/regions?per_page=1&page=2"');
      expect(await list('"<script>')).toContain(`"next":"${cloud.api.url}/v2/regions?per_page=1&page=2"`);
    });
  });

  describe("the rate limit", () => {
    it("answers 429 with retry-after beyond the burst, and recovers with time", async () => {
      const limited = await startTestCloud({ rateLimit: { perHour: 100, perMinute: 2 } });
      await limited.call("GET", "/v2/account");
      await limited.call("GET", "/v2/account");
      const answer = await limited.call<ErrorView>("GET", "/v2/account");
      expect(answer.status).toBe(429);
      expect(answer.body).toMatchObject({ id: "too_many_requests", message: "API rate limit exceeded." });
      expect(answer.headers.get("retry-after")).toBe("60");
      expect(answer.headers.get("ratelimit-remaining")).toBe("0");
      await limited.clock.advance(60_000);
      expect((await limited.call("GET", "/v2/account")).status).toBe(200);
    });

    it("counts each token alone, and those who have none by their address", async () => {
      const limited = await startTestCloud({
        rateLimit: { perHour: 100, perMinute: 1 },
        tokens: ["token-1", "token-2"],
      });
      const status = async (authorization: string): Promise<number> =>
        (await fetch(`${limited.api.url}/v2/account`, { headers: { authorization } })).status;
      expect(await status("Bearer token-1")).toBe(200);
      expect(await status("Bearer token-2")).toBe(200);
      expect(await status("Bearer wrong")).toBe(401);
      expect(await status("Bearer other")).toBe(429);
      expect(await status("Bearer token-1")).toBe(429);
    });
  });

  describe("the request log", () => {
    it("keeps everything but the token", async () => {
      await cloud.call("POST", "/v2/droplets?x=1&y=%2F", { ...plainDroplet, user_data: "tskey-auth-secret" });
      const [record] = cloud.api.requests;
      expect(record).toMatchObject({
        time: "2026-01-01T00:00:00.000Z",
        method: "POST",
        path: "/v2/droplets",
        query: "x=1&y=%2F",
        body: JSON.stringify({ ...plainDroplet, user_data: "tskey-auth-secret" }),
        status: 202,
        milliseconds: 0,
        source: "127.0.0.1",
      });
      expect(record?.headers["authorization"]).toBe("[hidden]");
      expect(JSON.stringify(cloud.api.requests)).not.toContain("token-1");
    });

    it("notes refused requests and their request ID too", async () => {
      const answer = await cloud.call("GET", "/v2/nothing");
      expect(cloud.api.requests[0]).toMatchObject({ status: 404, requestId: answer.headers.get("x-request-id") });
    });
  });

  describe("planned faults", () => {
    const plan = (effect: FaultEffect, method = "POST"): number =>
      cloud.api.faults.add({ method, path: "/v2/tags", effect });
    const tagNames = async (): Promise<number> =>
      (await cloud.call<{ tags: unknown[] }>("GET", "/v2/tags")).body.tags.length;

    it("answer with a status, in the API's form, without any effect", async () => {
      plan({ kind: "status", status: 503, retryAfter: 7 });
      const answer = await cloud.call<ErrorView>("POST", "/v2/tags", { name: "a" });
      expect(answer.status).toBe(503);
      expect(answer.headers.get("retry-after")).toBe("7");
      expect(answer.body).toMatchObject({ id: "service_unavailable" });
      expect(await tagNames()).toBe(0);
      expect((await cloud.call("POST", "/v2/tags", { name: "a" })).status).toBe(201);
    });

    it("answer with a status after the effect", async () => {
      plan({ kind: "status", status: 500, afterEffect: true, id: "boom", message: "lost" });
      const answer = await cloud.call<ErrorView>("POST", "/v2/tags", { name: "a" });
      expect(answer.status).toBe(500);
      expect(answer.body).toMatchObject({ id: "boom", message: "lost" });
      expect(await tagNames()).toBe(1);
    });

    it.each([
      ["before", 0],
      ["after", 1],
    ] as const)("cut the connection %s the effect", async (when, tags) => {
      plan({ kind: "cut", when });
      await expect(cloud.call("POST", "/v2/tags", { name: "a" })).rejects.toThrow("fetch failed");
      expect(cloud.api.requests.at(-1)).toMatchObject({ method: "POST", status: null });
      expect(await tagNames()).toBe(tags);
    });

    it("hang for ever without an effect, until the emulator closes", async () => {
      plan({ kind: "hang" });
      const hanging = cloud.call("POST", "/v2/tags", { name: "a" }).catch(String);
      await cloud.clock.advance(3_600_000);
      expect(await tagNames()).toBe(0);
      await cloud.api.close();
      expect(await hanging).toBe("TypeError: fetch failed");
    });

    it("delay a request", async () => {
      plan({ kind: "delay", milliseconds: 5000 });
      const delayed = cloud.call("POST", "/v2/tags", { name: "a" });
      for (let turn = 0; turn < 1000 && cloud.api.faults.list().length > 0; turn += 1) await cloud.clock.advance(0);
      expect(await tagNames()).toBe(0);
      await cloud.clock.advance(5000);
      expect((await delayed).status).toBe(201);
      expect(cloud.api.requests.at(-1)?.milliseconds).toBe(5000);
    });

    it("do not hit those who have no token", async () => {
      plan({ kind: "hang" }, "GET");
      expect((await fetch(`${cloud.api.url}/v2/tags`)).status).toBe(401);
      expect(cloud.api.faults.list()).toHaveLength(1);
    });
  });
});
