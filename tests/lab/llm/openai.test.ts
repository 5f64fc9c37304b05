// SPDX-License-Identifier: Apache-2.0
import {
  openaiHeaders,
  readEvents,
  startModelProviderBench,
  type ModelAnswer,
  type ModelProviderBench,
} from "../../support/modelProviderBench.ts";

let bench: ModelProviderBench;
beforeAll(async () => {
  bench = await startModelProviderBench();
});
afterAll(() => bench.close());

const host = "api.openai.com";
const chat = "POST /v1/chat/completions";
const responses = "POST /v1/responses";
const chatBody = {
  model: "gpt-5",
  messages: [
    { role: "system", content: "be brief" },
    { role: "user", content: "two words" },
  ],
};
const answerText = /^You asked: "two words"\. The mock model's answer is \d+\.$/;

function ask(
  line: string,
  json?: unknown,
  headers: Readonly<Record<string, string>> = openaiHeaders,
): Promise<ModelAnswer> {
  return bench.ask(line, { host, headers, ...(json === undefined ? {} : { json }) });
}

describe("chat completions", () => {
  it("answers in the documented form", async () => {
    const { status, json } = await ask(chat, chatBody);
    expect(status).toBe(200);
    expect(json).toEqual({
      id: expect.stringMatching(/^chatcmpl-[0-9a-f]{24}$/),
      object: "chat.completion",
      created: 1_767_225_600,
      model: "gpt-5",
      service_tier: "default",
      system_fingerprint: "fp_lab",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: expect.stringMatching(answerText), refusal: null, annotations: [] },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage: {
        prompt_tokens: 9,
        completion_tokens: 10,
        total_tokens: 19,
        prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
        completion_tokens_details: {
          reasoning_tokens: 0,
          audio_tokens: 0,
          accepted_prediction_tokens: 0,
          rejected_prediction_tokens: 0,
        },
      },
    });
  });

  it("streams chunks of one completion and then [DONE]", async () => {
    const answer = await ask(chat, { ...chatBody, stream: true });
    expect(answer.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
    const events = readEvents(answer.text);
    expect(events.at(-1)).toEqual({ name: null, data: "[DONE]" });
    const chunks = events.slice(0, -1).map(
      ({ data }) =>
        data as {
          id: string;
          object: string;
          choices: { delta: { content?: string }; finish_reason: string | null }[];
        },
    );
    expect(new Set(chunks.map(({ id, object }) => `${id} ${object}`)).size).toBe(1);
    expect(chunks[0]).toMatchObject({
      object: "chat.completion.chunk",
      choices: [{ delta: { role: "assistant", content: "" } }],
    });
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("")).toMatch(answerText);
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason)).toEqual([
      ...chunks.slice(1).map(() => null),
      "stop",
    ]);
    expect(chunks.every((chunk) => !("usage" in chunk))).toBe(true);
  });

  it("adds the usage as a last chunk when asked", async () => {
    const { text } = await ask(chat, { ...chatBody, stream: true, stream_options: { include_usage: true } });
    const chunks = readEvents(text).slice(0, -1);
    expect(chunks.at(-1)?.data).toMatchObject({ choices: [], usage: { total_tokens: 19 } });
    for (const { data } of chunks.slice(0, -1)) expect(data).toMatchObject({ usage: null });
  });

  it.each([
    [
      "no model",
      { messages: chatBody.messages },
      { message: "you must provide a model parameter", param: null, code: null },
    ],
    [
      "a model that is no string",
      { ...chatBody, model: 3 },
      { message: "Invalid type for 'model'.", param: "model", code: "invalid_type" },
    ],
    [
      "no messages",
      { model: "gpt-5" },
      { message: "Missing required parameter: 'messages'.", param: "messages", code: "missing_required_parameter" },
    ],
    [
      "messages as a text",
      { model: "gpt-5", messages: "x" },
      { message: "Invalid type for 'messages'.", param: "messages", code: "invalid_type" },
    ],
    [
      "no message",
      { model: "gpt-5", messages: [] },
      { message: "Invalid 'messages': empty array.", param: "messages", code: "empty_array" },
    ],
    [
      "stream as a number",
      { ...chatBody, stream: 1 },
      { message: "Invalid type for 'stream'.", param: "stream", code: "invalid_type" },
    ],
  ])("refuses %s", async (_what, body, error) => {
    const { status, json } = await ask(chat, body);
    expect([status, json]).toEqual([400, { error: { type: "invalid_request_error", ...error } }]);
  });

  it("refuses a body that is not JSON", async () => {
    for (const text of ["", "{", "[]"])
      expect((await bench.ask(chat, { host, headers: openaiHeaders, text })).status).toBe(400);
  });

  it("does not know another vendor's model", async () => {
    const { status, json } = await ask(chat, { ...chatBody, model: "claude-sonnet-4-5" });
    expect([status, json]).toEqual([404, { error: expect.objectContaining({ code: "model_not_found" }) }]);
  });
});

describe("responses", () => {
  it("answers a text and a list of messages alike", async () => {
    const input = [{ role: "user", content: [{ type: "input_text", text: "two words" }] }];
    for (const given of ["two words", input]) {
      expect((await ask(responses, { model: "gpt-5", input: given })).json).toMatchObject({
        id: expect.stringMatching(/^resp_[0-9a-f]{24}$/),
        object: "response",
        created_at: 1_767_225_600,
        status: "completed",
        error: null,
        model: "gpt-5",
        output: [
          {
            type: "message",
            role: "assistant",
            status: "completed",
            content: [{ type: "output_text", text: expect.stringMatching(answerText), annotations: [] }],
          },
        ],
        usage: {
          input_tokens: 9,
          input_tokens_details: { cached_tokens: 0 },
          output_tokens: 10,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: 19,
        },
      });
    }
  });

  it("streams the documented events, numbered, without [DONE]", async () => {
    const { text } = await ask(responses, { model: "gpt-5", input: "two words", stream: true });
    const events = readEvents(text);
    const deltas = events.filter(({ name }) => name === "response.output_text.delta");
    expect(events.map(({ name }) => name)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      ...deltas.map(() => "response.output_text.delta"),
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    for (const [index, { name, data }] of events.entries())
      expect(data).toMatchObject({ type: name, sequence_number: index });
    expect(deltas.map(({ data }) => (data as { delta: string }).delta).join("")).toMatch(answerText);
    expect(events[0]?.data).toMatchObject({ response: { status: "in_progress", output: [], usage: null } });
    expect(events.at(-1)?.data).toMatchObject({ response: { status: "completed", usage: { total_tokens: 19 } } });
  });

  it("needs a model and an input", async () => {
    expect((await ask(responses, { input: "x" })).json).toMatchObject({ error: { param: "model" } });
    expect((await ask(responses, { model: "gpt-5" })).json).toMatchObject({ error: { param: "input" } });
  });
});

describe("keys, paths and headers", () => {
  it("quotes a part of a key that it refuses, as OpenAI does", async () => {
    const key = "sk-ant-secret-value-wxyz";
    const { status, json } = await ask("GET /v1/models", undefined, { authorization: `Bearer ${key}` });
    expect(status).toBe(401);
    expect(json).toEqual({
      error: {
        message: "Incorrect API key provided: sk-ant-s************wxyz.",
        type: "invalid_request_error",
        param: null,
        code: "invalid_api_key",
      },
    });
    const short = await ask("GET /v1/models", undefined, { authorization: "Bearer shortkey" });
    expect(short.json).toMatchObject({ error: { message: "Incorrect API key provided: ********." } });
  });

  it("asks for a key, which counts only as Bearer", async () => {
    const wrong: readonly Readonly<Record<string, string>>[] = [
      {},
      { "x-api-key": "sk-proj-test-0001" },
      { authorization: "Basic c2stcHJvag==" },
    ];
    for (const headers of wrong) {
      const { status, json } = await ask(chat, chatBody, headers);
      expect([status, json]).toEqual([
        401,
        { error: expect.objectContaining({ type: "invalid_request_error", code: null }) },
      ]);
    }
  });

  it("lists its models and gives one", async () => {
    const { json } = await ask("GET /v1/models");
    const list = json as { object: string; data: object[] };
    expect(list.object).toBe("list");
    expect((await ask("GET /v1/models/gpt-5")).json).toEqual(list.data[0]);
    expect(list.data[0]).toEqual({ id: "gpt-5", object: "model", created: 1_750_000_000, owned_by: "system" });
  });

  it("does not know other paths", async () => {
    const { status, json } = await ask("GET /v1/files");
    expect([status, json]).toEqual([
      404,
      { error: { message: "Invalid URL (GET /v1/files)", type: "invalid_request_error", param: null, code: null } },
    ]);
  });

  it("tells the limits and a request ID", async () => {
    expect((await ask("GET /v1/models")).headers).toMatchObject({
      "x-request-id": expect.stringMatching(/^req_/),
      "openai-version": "2020-10-01",
      "x-ratelimit-limit-requests": "500",
      "x-ratelimit-remaining-tokens": "29000",
      "x-ratelimit-reset-requests": "1s",
    });
  });

  it("fails in OpenAI's form", async () => {
    for (const [status, error] of [
      [429, { type: "requests", code: "rate_limit_exceeded" }],
      [500, { type: "server_error", code: null }],
    ] as const) {
      bench.provider.addFault({ kind: "error", status, provider: "openai" });
      const answer = await ask(chat, chatBody);
      expect([answer.status, answer.json]).toEqual([status, { error: expect.objectContaining(error) }]);
      expect(answer.headers["retry-after"]).toBe(status === 429 ? "1" : undefined);
    }
  });
});
