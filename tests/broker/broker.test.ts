// SPDX-License-Identifier: Apache-2.0
import { BROKER_ERRORS } from "../../broker/brokerError.ts";
import { headerPairs } from "../../broker/hopByHop.ts";
import { startFakeUpstream, type FakeUpstream } from "../support/fakeUpstream.ts";
import { REAL_KEY, startTestBroker, TOKEN, type Answer, type TestBroker } from "../support/testBroker.ts";

let upstream: FakeUpstream;
let broker: TestBroker;

beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());
beforeEach(async () => {
  broker = await startTestBroker(upstream);
  upstream.answer((_request, response) =>
    response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}'),
  );
});
afterEach(() => broker.close());

/** The header that marks an answer as the broker's own, and the code in its body. */
function ownError(answer: Answer): unknown {
  const { error } = JSON.parse(answer.body.toString()) as { error: { code: string; message: string } };
  return {
    status: answer.status,
    header: answer.headers["x-claws-broker-error"],
    code: error.code,
    message: error.message,
  };
}

function expectOwnError(answer: Answer, code: keyof typeof BROKER_ERRORS): void {
  const { status, text } = BROKER_ERRORS[code];
  expect(ownError(answer)).toEqual({ status, header: code, code, message: text });
}

describe("the broker", () => {
  it("puts the real key in the placeholder's stead and passes body and answer on", async () => {
    const before = upstream.seen.length;
    const answer = await broker.ask({
      path: "/anthropic/v1/messages?beta=true",
      body: '{"model":"m"}',
      headers: { "anthropic-version": "2023-06-01" },
    });
    const seen = upstream.seen[before];

    expect(answer.status).toBe(200);
    expect(answer.body.toString()).toBe('{"ok":true}');
    expect(answer.headers["x-claws-broker-error"]).toBeUndefined();
    expect(seen?.method).toBe("POST");
    expect(seen?.url).toBe("/v1/messages?beta=true");
    expect(seen?.headers["x-api-key"]).toBe(REAL_KEY);
    expect(seen?.headers["anthropic-version"]).toBe("2023-06-01");
    expect(seen?.body.toString()).toBe('{"model":"m"}');
    expect(JSON.stringify(seen?.rawHeaders)).not.toContain(TOKEN);
  });

  it("speaks each provider's own way of putting a key in", async () => {
    const before = upstream.seen.length;
    await broker.ask({ path: "/openai/v1/responses", headers: { "x-api-key": [], authorization: `Bearer ${TOKEN}` } });

    expect(upstream.seen[before]?.headers.authorization).toBe(`Bearer ${REAL_KEY}`);
    expect(upstream.seen[before]?.headers["x-api-key"]).toBeUndefined();
  });

  it("takes Gemini's placeholder out of the URL, or out of its header, and puts the key into the header", async () => {
    const before = upstream.seen.length;
    const path = "/gemini/v1beta/models/gemini-test:streamGenerateContent?alt=sse";
    await broker.ask({ path: `${path}&key=${TOKEN}`, headers: { "x-api-key": [] } });
    await broker.ask({ path, headers: { "x-api-key": [], "x-goog-api-key": TOKEN } });
    const both = upstream.seen.slice(before);

    expect(both.map(({ url }) => url)).toEqual(Array(2).fill(path.slice("/gemini".length)));
    expect(both.map(({ headers }) => headers["x-goog-api-key"])).toEqual([REAL_KEY, REAL_KEY]);
    expect(JSON.stringify(both.map(({ rawHeaders, url }) => [rawHeaders, url]))).not.toContain(TOKEN);
  });

  it("sends exactly one credential when the client brings its own, twice and in mixed case", async () => {
    const before = upstream.seen.length;
    await broker.ask({
      headers: {
        "X-API-KEY": [TOKEN, "sk-ant-attacker"],
        Authorization: "Bearer sk-attacker",
        "Api-Key": "z",
        Cookie: "session=1",
        X_Api_Key: "sk",
      },
    });
    const names = headerPairs(upstream.seen[before]?.rawHeaders ?? []).map(([name]) => name.toLowerCase());

    expect(
      names.filter((name) => ["x-api-key", "authorization", "api-key", "cookie", "x_api_key"].includes(name)),
    ).toEqual(["x-api-key"]);
    expect(upstream.seen[before]?.headers["x-api-key"]).toBe(REAL_KEY);
  });

  it.each([
    ["no placeholder", { "x-api-key": [] }],
    ["the real key itself", { "x-api-key": REAL_KEY }],
    ["another placeholder", { "x-api-key": `agt_${"u".repeat(43)}` }],
  ])("refuses a request with %s and asks the provider nothing", async (_name, headers) => {
    const before = upstream.seen.length;

    expectOwnError(await broker.ask({ headers }), "bad-token");
    expect(upstream.seen).toHaveLength(before);
    expect(broker.lent).toEqual([]);
  });

  it.each<[keyof typeof BROKER_ERRORS, Parameters<TestBroker["ask"]>[0]]>([
    ["path-refused", { path: "/anthropic/v1/files" }],
    ["path-refused", { path: "/openai/v1/organization/admin_api_keys" }],
    ["path-refused", { method: "GET", path: "/anthropic/v1/messages", body: null }],
    ["unknown-provider", { path: "/cohere/v1/models" }],
    ["bad-request", { path: "/anthropic/v1/%6dessages" }],
    ["bad-request", { path: "//evil.example/v1/messages" }],
    ["bad-request", { path: "http://evil.example/v1/messages" }],
    ["bad-request", { path: "/openai/v1/models?key=AIza", method: "GET", body: null }],
    ["method-not-allowed", { method: "DELETE", body: null }],
    ["method-not-allowed", { method: "TRACE", body: null }],
    ["method-not-allowed", { method: "PROPFIND", body: null }],
    ["wrong-host", { headers: { host: "rebound.example:7441" } }],
    ["wrong-host", { headers: { host: "127.0.0.1" } }],
    [
      "upgrade-refused",
      {
        method: "GET",
        body: null,
        path: "/openai/v1/models",
        headers: { connection: "Upgrade", upgrade: "websocket" },
      },
    ],
    [
      "not-implemented",
      { headers: { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": "AAMAAABk" } },
    ],
    ["expectation-failed", { headers: { expect: "200-ok" } }],
    [
      "headers-too-large",
      { headers: Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`x-${index}`, "1"])) },
    ],
  ])("answers %s to %j and lends no key", async (code, ask) => {
    const before = upstream.seen.length;

    expectOwnError(await broker.ask(ask), code);
    expect(upstream.seen).toHaveLength(before);
    expect(broker.lent).toEqual([]);
  });

  it("answers a bad Host before it looks at the placeholder, and a bad placeholder before the path", async () => {
    expectOwnError(await broker.ask({ headers: { host: "evil.example", "x-api-key": "x" } }), "wrong-host");
    expectOwnError(await broker.ask({ path: "/anthropic/v1/files", headers: { "x-api-key": "x" } }), "bad-token");
  });

  it.each(["sealed", "key-expired"] as const)("answers 503 with Retry-After while %s", async (reason) => {
    await broker.close();
    broker = await startTestBroker(upstream, { keys: { lend: () => reason } });
    const answer = await broker.ask();

    expectOwnError(answer, reason);
    expect(answer.headers["retry-after"]).toBe("30");
  });

  it.each(["requests-spent", "tokens-spent"] as const)(
    "answers 429 until midnight (UTC) while %s, and tells SDKs not to try again",
    async (reason) => {
      await broker.close();
      const now = (): Date => new Date("2026-12-31T22:59:59.500Z");
      broker = await startTestBroker(upstream, { keys: { lend: () => reason }, now });
      const answer = await broker.ask();

      expectOwnError(answer, reason);
      expect([answer.headers["retry-after"], answer.headers["x-should-retry"]]).toEqual(["3601", "false"]);
    },
  );

  it("answers 503 to new requests while it stops", async () => {
    await broker.close();
    broker = await startTestBroker(upstream, { isStopping: () => true });

    expectOwnError(await broker.ask(), "stopping");
  });

  it("keeps the connection when it refuses a request with an unread body, and reads the next one right", async () => {
    const { Agent, request } = await import("node:http");
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (path: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const headers = { "x-api-key": TOKEN, "content-length": "100000" };
        const question = request(
          { agent, port: broker.port, host: "127.0.0.1", method: "POST", path, headers },
          (answer) => {
            answer.resume().once("end", () => resolve(answer.statusCode ?? 0));
          },
        );
        question.once("error", reject);
        question.end("x".repeat(100_000));
      });

    expect(await ask("/anthropic/v1/files")).toBe(403);
    expect(await ask("/anthropic/v1/messages")).toBe(200);
    agent.destroy();
  });

  it("wipes its copy of the key when the request is over", async () => {
    await broker.ask();
    await broker.logged(1);

    expect(broker.lent.map((secret) => secret.reveal())).toEqual(["\0".repeat(REAL_KEY.length)]);
  });

  it("changes no body and no header but the key's: a placeholder elsewhere stays one", async () => {
    const before = upstream.seen.length;
    await broker.ask({ body: `{"prompt":"${TOKEN}"}`, headers: { "x-note": TOKEN } });

    expect(upstream.seen[before]?.body.toString()).toBe(`{"prompt":"${TOKEN}"}`);
    expect(upstream.seen[before]?.headers["x-note"]).toBe(TOKEN);
  });

  it("passes a redirect on and does not follow it", async () => {
    const before = upstream.seen.length;
    upstream.answer((_request, response) => response.writeHead(307, { location: `${upstream.origin}/v1/steal` }).end());
    const answer = await broker.ask();

    expect(answer.status).toBe(307);
    expect(answer.headers.location).toBe(`${upstream.origin}/v1/steal`);
    expect(upstream.seen).toHaveLength(before + 1);
  });

  it.each([429, 500, 529])("passes %i on with its headers and does not try again", async (status) => {
    const before = upstream.seen.length;
    upstream.answer((request, response) =>
      request
        .resume()
        .once("end", () => response.writeHead(status, { "retry-after": "9", "request-id": "r1" }).end("busy")),
    );
    const answer = await broker.ask();

    expect(answer.status).toBe(status);
    expect([answer.headers["retry-after"], answer.headers["request-id"], answer.body.toString()]).toEqual([
      "9",
      "r1",
      "busy",
    ]);
    expect(upstream.seen).toHaveLength(before + 1);
  });

  it("keeps its connection to the provider for the next request", async () => {
    const before = upstream.connections();
    await broker.ask();
    await broker.ask();

    expect(upstream.connections()).toBe(before + 1);
  });

  it("logs one line a request, without query, headers or body", async () => {
    await broker.ask({
      path: "/anthropic/v1/messages?beta=canary",
      body: '{"prompt":"canary"}',
      headers: { "user-agent": "canary" },
    });
    await broker.ask({ path: "/anthropic/v1/canary" });
    await broker.logged(2);

    expect(broker.usage).toEqual([
      {
        event: "usage",
        provider: "anthropic",
        method: "POST",
        path: "/v1/messages",
        keyVersion: 3,
        status: 200,
        bytesIn: 19,
        bytesOut: 11,
        milliseconds: expect.any(Number),
        code: "ok",
      },
      {
        event: "usage",
        provider: null,
        method: null,
        path: null,
        keyVersion: null,
        status: 403,
        bytesIn: 0,
        bytesOut: 0,
        milliseconds: expect.any(Number),
        code: "path-refused",
      },
    ]);
    expect(JSON.stringify(broker.usage)).not.toContain("canary");
  });
});
