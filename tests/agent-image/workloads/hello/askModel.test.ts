// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { askModel } from "../../../../agent-image/workloads/hello/askModel.ts";

interface Seen {
  readonly url: string | undefined;
  readonly method: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

let broker: Server;
let seen: Seen[];
let reply: (response: ServerResponse) => void;

beforeEach(async () => {
  seen = [];
  broker = createServer((request, response) => {
    void text(request).then((body) => {
      seen.push({ url: request.url, method: request.method, headers: request.headers, body: JSON.parse(body) });
      reply(response);
    });
  });
  broker.listen(0, "127.0.0.1");
  await once(broker, "listening");
});

afterEach(async () => {
  broker.close();
  broker.closeAllConnections();
  await once(broker, "close");
});

const answerWith =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  (response: ServerResponse): void => {
    response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
  };

const anthropicAnswer = { content: [{ type: "text", text: "four" }] };
const openaiAnswer = { choices: [{ message: { content: "five" } }] };

function ask(
  provider: string,
  more: { timeout?: number; readToken?: () => Promise<string>; signal?: AbortSignal } = {},
) {
  const base = `http://127.0.0.1:${(broker.address() as AddressInfo).port}`;
  const environment = { ANTHROPIC_BASE_URL: `${base}/anthropic`, OPENAI_BASE_URL: `${base}/openai/v1` };
  const {
    timeout = 30_000,
    readToken = () => Promise.resolve("agt_token"),
    signal = new AbortController().signal,
  } = more;
  return askModel({ prompt: "2+2?", provider }, { environment, readToken, timeout }, signal);
}

describe("askModel", () => {
  it("asks Anthropic's Messages with the placeholder as the API key", async () => {
    reply = answerWith(200, anthropicAnswer);
    expect(await ask("anthropic")).toBe("four");
    expect(seen).toMatchObject([
      {
        url: "/anthropic/v1/messages",
        method: "POST",
        headers: { "x-api-key": "agt_token", "anthropic-version": "2023-06-01", "content-type": "application/json" },
        body: { messages: [{ role: "user", content: "2+2?" }], max_tokens: 1024 },
      },
    ]);
  });

  it("asks OpenAI's chat with the placeholder as the bearer", async () => {
    reply = answerWith(200, openaiAnswer);
    expect(await ask("openai")).toBe("five");
    expect(seen).toMatchObject([
      {
        url: "/openai/v1/chat/completions",
        headers: { authorization: "Bearer agt_token" },
        body: { messages: [{ role: "user", content: "2+2?" }] },
      },
    ]);
  });

  it("joins the texts of an answer in parts and passes over what is no text", async () => {
    reply = answerWith(200, { content: [{ text: "a" }, { type: "tool_use" }, null, { text: "b" }] });
    expect(await ask("anthropic")).toBe("ab");
  });

  it("reads the token for each question, because it changes with clawsd", async () => {
    reply = answerWith(200, anthropicAnswer);
    const tokens = ["agt_one", "agt_two"];
    const readToken = () => Promise.resolve(tokens.shift() ?? "");
    await ask("anthropic", { readToken });
    await ask("anthropic", { readToken });
    expect(seen.map(({ headers }) => headers["x-api-key"])).toEqual(["agt_one", "agt_two"]);
  });

  it("passes a 503 of the broker on with its reason", async () => {
    const body = { type: "error", error: { type: "broker_error", code: "sealed", message: "the agent is sealed" } };
    reply = answerWith(503, body, { "x-claws-broker-error": "sealed", "retry-after": "30" });
    await expect(ask("anthropic")).rejects.toMatchObject({
      status: 503,
      code: "sealed",
      message: "the agent is sealed",
      retryAfter: "30",
    });
  });

  it.each<[string, number, unknown, Record<string, string>, object]>([
    [
      "a provider's refusal",
      429,
      { error: { message: "slow down" } },
      {},
      { status: 502, code: "provider-429", message: "slow down" },
    ],
    ["no JSON", 500, "<html>", {}, { status: 502, code: "provider-500", message: "the model provider answered 500" }],
    ["a broker's refusal", 403, {}, { "x-claws-broker-error": "path-refused" }, { status: 502, code: "path-refused" }],
    ["a code that is none", 403, {}, { "x-claws-broker-error": "Not a code!" }, { status: 502, code: "provider-403" }],
    ["an answer without text", 200, { content: [] }, {}, { status: 502, code: "no-answer" }],
    ["an answer that is no object", 200, "null", {}, { status: 502, code: "no-answer" }],
    ["an answer without end", 200, "x".repeat(5_000_000), {}, { status: 502, code: "answer-too-long" }],
    ["a way to somewhere else", 302, "", { location: "http://127.0.0.1:1/" }, { status: 502, code: "unreachable" }],
  ])("tells of %s", async (_case, status, body, headers, expected) => {
    reply = answerWith(status, body, headers);
    await expect(ask("anthropic")).rejects.toMatchObject(expected);
  });

  it("says that the broker is not running when there is no token", async () => {
    const readToken = () => Promise.reject(new Error("ENOENT"));
    await expect(ask("anthropic", { readToken })).rejects.toMatchObject({ status: 503, code: "broker-down" });
    expect(seen).toEqual([]);
  });

  it("gives up after its time, and when nobody waits any more", async () => {
    reply = () => undefined;
    await expect(ask("anthropic", { timeout: 1 })).rejects.toMatchObject({ status: 504, code: "timeout" });
    await expect(ask("anthropic", { signal: AbortSignal.abort() })).rejects.toMatchObject({ status: 504 });
  });

  it("knows no other provider", async () => {
    await expect(ask("google")).rejects.toMatchObject({ status: 500, code: "misconfigured" });
    await expect(ask("toString")).rejects.toMatchObject({ status: 500, code: "misconfigured" });
  });
});
