// SPDX-License-Identifier: Apache-2.0
import { readEvents, startModelProviderBench, type ModelAnswer } from "../../support/modelProviderBench.ts";
import type { ModelProviderBench } from "../../support/modelProviderBench.ts";

let bench: ModelProviderBench;
beforeEach(async () => {
  bench = await startModelProviderBench();
});
afterEach(() => bench.close());

const key = `AQ.${"k".repeat(40)}`;
const model = "/v1beta/models/gemini-2.5-flash";
const body = { contents: [{ role: "user", parts: [{ text: "two " }, { text: "words" }] }] };

function ask(line: string, json?: unknown, headers: Readonly<Record<string, string>> = { "x-goog-api-key": key }) {
  const host = "generativelanguage.googleapis.com";
  return bench.ask(line, { host, headers, ...(json === undefined ? {} : { json }) });
}

function textOf(document: unknown): string {
  const { candidates } = document as { candidates: { content: { parts: { text: string }[] } }[] };
  return candidates.flatMap(({ content }) => content.parts.map(({ text }) => text)).join("");
}

describe("content", () => {
  it("comes whole, with its usage", async () => {
    const { status, json } = await ask(`POST ${model}:generateContent`, body);
    expect(status).toBe(200);
    expect(textOf(json)).toMatch(/^You asked: "two words"/);
    expect(json).toMatchObject({
      candidates: [{ content: { role: "model" }, finishReason: "STOP", index: 0 }],
      usageMetadata: { promptTokenCount: 3 },
      modelVersion: "gemini-2.5-flash",
    });
    expect(bench.provider.requests).toMatchObject([{ provider: "gemini", key, prompt: "two words", stream: false }]);
  });

  it("comes as events with alt=sse and as one list without, with a running total of usage", async () => {
    const events = readEvents((await ask(`POST ${model}:streamGenerateContent?alt=sse`, body)).text);
    const list = (await ask(`POST ${model}:streamGenerateContent`, body)).json as readonly unknown[];
    const totals = list.map(
      (one) => (one as { usageMetadata: { totalTokenCount: number } }).usageMetadata.totalTokenCount,
    );

    expect(events.map(({ data }) => textOf(data)).join("")).toMatch(/^You asked: "two words"/);
    expect(list.map(textOf)).toEqual(events.map(({ data }) => textOf(data)));
    expect(totals).toEqual(totals.map((_, index) => 4 + index));
    expect(bench.provider.requests.map(({ stream }) => stream)).toEqual([true, true]);
  });

  it("calls a function that the prompt names and the request declares, and sees what it gave", async () => {
    const parts = [{ text: 'call the tool weather with {"city":"Rome"}' }];
    const tools = [{ functionDeclarations: [{ name: "weather" }] }];
    const { json } = await ask(`POST ${model}:generateContent`, { contents: [{ role: "user", parts }], tools });
    expect(json).toMatchObject({
      candidates: [{ content: { parts: [{ functionCall: { name: "weather", args: { city: "Rome" } } }] } }],
    });

    const response = { functionResponse: { name: "weather", response: { sky: "rain" } } };
    await ask(`POST ${model}:generateContent`, { contents: [{ role: "user", parts: [response] }], tools });
    expect(bench.provider.requests.at(-1)).toMatchObject({ prompt: "", toolResult: '{"sky":"rain"}' });
  });
});

describe("keys", () => {
  it("come in the header or in the URL", async () => {
    expect((await ask(`GET /v1beta/models?key=${key}`, undefined, {})).status).toBe(200);
    expect(bench.provider.requests).toMatchObject([{ key, path: `/v1beta/models?key=${key}` }]);
  });

  it("that are wrong are a bad request, and a missing one is forbidden", async () => {
    const message = (answer: ModelAnswer): unknown => [answer.status, answer.json];
    expect(message(await ask("GET /v1/models", undefined, { "x-goog-api-key": "agt_x" }))).toEqual([
      400,
      { error: { code: 400, message: "API key not valid. Please pass a valid API key.", status: "INVALID_ARGUMENT" } },
    ]);
    expect((await ask("GET /v1/models", undefined, {})).status).toBe(403);
  });
});

describe("models", () => {
  it("are listed and given, and tokens counted", async () => {
    const { models } = (await ask("GET /v1/models")).json as { models: { name: string }[] };
    expect(models.map(({ name }) => name)).toEqual(["models/gemini-2.5-pro", "models/gemini-2.5-flash"]);
    expect((await ask(`GET ${model}`)).json).toEqual(models[1]);
    expect((await ask(`POST ${model}:countTokens`, body)).json).toEqual({ totalTokens: 3 });
  });

  it.each([
    ["GET /v1beta/files", 404],
    ["POST /v1beta/models/gemini-none:generateContent", 404],
    [`POST ${model}:embedContent`, 404],
    [`POST ${model}:generateContent`, 400],
  ])("refuse %s with %i", async (line, status) => {
    const json = line.endsWith(":generateContent") && status === 400 ? {} : body;
    expect((await ask(line, line.startsWith("GET") ? undefined : json)).status).toBe(status);
  });
});
