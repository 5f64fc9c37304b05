// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import type { Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { AskError } from "../../../../agent-image/workloads/ask/askError.ts";
import { createAskServer, type AskServerOptions } from "../../../../agent-image/workloads/ask/askServer.ts";

let server: Server | undefined;

afterEach(async () => {
  if (server === undefined) return;
  server.close();
  server.closeAllConnections();
  await once(server, "close");
  server = undefined;
});

async function start(options: Partial<AskServerOptions> = {}): Promise<number> {
  const ask = ({ prompt }: { prompt: string }) => Promise.resolve(`echo ${prompt}`);
  server = createAskServer({ agent: "a1", providers: ["anthropic", "openai"], ask, ...options });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfter: string | null;
}

async function send(port: number, path: string, init: RequestInit): Promise<Answer> {
  const reply = await fetch(`http://127.0.0.1:${port}${path}`, init);
  return { status: reply.status, body: await reply.json(), retryAfter: reply.headers.get("retry-after") };
}

const json = { "content-type": "application/json" };
const ask = (port: number, body: unknown) =>
  send(port, "/ask", { method: "POST", headers: json, body: typeof body === "string" ? body : JSON.stringify(body) });

describe("the ask server", () => {
  it("answers with the agent's name, the provider and the model's text", async () => {
    const port = await start();
    expect(await ask(port, { prompt: "hi", provider: "openai" })).toEqual({
      status: 200,
      body: { agent: "a1", provider: "openai", answer: "echo hi" },
      retryAfter: null,
    });
  });

  it("asks the first provider when the question names none", async () => {
    const port = await start();
    expect((await ask(port, { prompt: "hi" })).body).toEqual({ agent: "a1", provider: "anthropic", answer: "echo hi" });
  });

  it("passes an error on with its code and the time after which to ask again", async () => {
    const port = await start({ ask: () => Promise.reject(new AskError(503, "sealed", "the agent is sealed", "30")) });
    expect(await ask(port, { prompt: "hi" })).toEqual({
      status: 503,
      body: { error: "the agent is sealed", code: "sealed" },
      retryAfter: "30",
    });
  });

  it("says nothing of an error that nobody expected", async () => {
    const port = await start({ ask: () => Promise.reject(new Error("agt_secret in here")) });
    expect(await ask(port, { prompt: "hi" })).toEqual({
      status: 500,
      body: { error: "internal error", code: "internal" },
      retryAfter: null,
    });
  });

  it.each<[string, string, RequestInit, number, string]>([
    ["another path", "/", { method: "POST", headers: json, body: "{}" }, 404, "not-found"],
    ["another method", "/ask", { method: "PUT", headers: json, body: "{}" }, 405, "method-not-allowed"],
    [
      "what a form of a web page sends",
      "/ask",
      { method: "POST", body: '{"prompt":"hi"}' },
      415,
      "unsupported-media-type",
    ],
    ["broken JSON", "/ask", { method: "POST", headers: json, body: '{"prompt":' }, 400, "bad-request"],
    ["a body that is too long", "/ask", { method: "POST", headers: json, body: "x".repeat(70_000) }, 413, "too-long"],
  ])("refuses %s", async (_case, path, init, status, code) => {
    const answer = await send(await start(), path, init);
    expect(answer).toMatchObject({ status, body: { code } });
  });

  it("tells that it is up without asking a model", async () => {
    const port = await start({ ask: () => Promise.reject(new Error("asked")) });
    expect(await send(port, "/healthz", {})).toEqual({
      status: 200,
      body: { agent: "a1", health: "ok" },
      retryAfter: null,
    });
  });

  it("tells that it is not ready yet", async () => {
    const port = await start({ isReady: () => false });
    expect(await send(port, "/healthz", {})).toMatchObject({ status: 503, body: { agent: "a1", health: "starting" } });
  });

  it("refuses more questions at once than its limit, and takes them again later", async () => {
    const waiting = Promise.withResolvers<string>();
    const entered = Promise.withResolvers<undefined>();
    const port = await start({
      limit: 1,
      ask: () => {
        entered.resolve(undefined);
        return waiting.promise;
      },
    });
    const first = ask(port, { prompt: "one" });
    await entered.promise;
    expect(await ask(port, { prompt: "two" })).toEqual({
      status: 429,
      body: { error: "too many questions at once", code: "busy" },
      retryAfter: "1",
    });
    waiting.resolve("done");
    expect((await first).status).toBe(200);
    expect((await ask(port, { prompt: "three" })).status).toBe(200);
  });

  it("ends the question when whoever asked has gone", async () => {
    const aborted = Promise.withResolvers<undefined>();
    const entered = Promise.withResolvers<undefined>();
    const port = await start({
      ask: (_request, signal) => {
        signal.addEventListener("abort", () => aborted.resolve(undefined));
        entered.resolve(undefined);
        return new Promise(() => undefined);
      },
    });
    const socket = connect(port, "127.0.0.1");
    socket.write(
      `POST /ask HTTP/1.1\r\nhost: a1\r\ncontent-type: application/json\r\ncontent-length: 14\r\n\r\n{"prompt":"a"}`,
    );
    await entered.promise;
    socket.destroy();
    await expect(aborted.promise).resolves.toBeUndefined();
  });
});
