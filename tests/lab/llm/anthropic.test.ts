// SPDX-License-Identifier: Apache-2.0
import {
  anthropicHeaders,
  readEvents,
  startModelProviderBench,
  type ModelProviderBench,
} from "../../support/modelProviderBench.ts";

let bench: ModelProviderBench;
beforeAll(async () => {
  bench = await startModelProviderBench();
});
afterAll(() => bench.close());

const messages = "POST /v1/messages";
const body = { model: "claude-sonnet-4-5", max_tokens: 100, messages: [{ role: "user", content: "two words" }] };

describe("Messages", () => {
  it("answers in the documented form, quoting the prompt", async () => {
    const { status, json, headers } = await bench.ask(messages, { headers: anthropicHeaders, json: body });
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("application/json");
    expect(json).toEqual({
      id: expect.stringMatching(/^msg_[0-9a-f]{24}$/),
      type: "message",
      role: "assistant",
      model: "claude-sonnet-4-5",
      content: [
        { type: "text", text: expect.stringMatching(/^You asked: "two words"\. The mock model's answer is \d+\.$/) },
      ],
      stop_reason: "end_turn",
      stop_sequence: null,
      usage: { input_tokens: 10, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 10 },
    });
  });

  it("gives the same prompt the same answer and another one another", async () => {
    const answer = async (content: string): Promise<unknown> => {
      const json = { ...body, messages: [{ role: "user", content }] };
      return ((await bench.ask(messages, { headers: anthropicHeaders, json })).json as { content: unknown }).content;
    };
    expect(await answer("one")).toEqual(await answer("one"));
    expect(await answer("one")).not.toEqual(await answer("two"));
  });

  it("answers the last user message, also one in blocks", async () => {
    const blocks = [
      { type: "text", text: "from " },
      { type: "image", source: {} },
      { type: "text", text: "blocks" },
    ];
    const list = [
      { role: "user", content: "first" },
      { role: "assistant", content: "x" },
      { role: "user", content: blocks },
    ];
    const { json } = await bench.ask(messages, { headers: anthropicHeaders, json: { ...body, messages: list } });
    expect(json).toMatchObject({ content: [{ text: expect.stringContaining('"from blocks"') }] });
  });

  it("takes several user messages in a row for one turn", async () => {
    const list = ["first", "second"].map((content) => ({ role: "user", content }));
    const { json } = await bench.ask(messages, { headers: anthropicHeaders, json: { ...body, messages: list } });
    expect(json).toMatchObject({ content: [{ text: expect.stringContaining('"first\nsecond"') }] });
  });

  it("stops at max_tokens", async () => {
    const { json } = await bench.ask(messages, { headers: anthropicHeaders, json: { ...body, max_tokens: 2 } });
    expect(json).toMatchObject({
      content: [{ text: "You asked: " }],
      stop_reason: "max_tokens",
      usage: { output_tokens: 2 },
    });
  });

  it("streams the documented events in order, which make the same text", async () => {
    const whole = (await bench.ask(messages, { headers: anthropicHeaders, json: body })).json as {
      content: { text: string }[];
    };
    const answer = await bench.ask(messages, { headers: anthropicHeaders, json: { ...body, stream: true } });
    expect(answer.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
    const events = readEvents(answer.text);
    for (const { name, data } of events) expect(data).toMatchObject({ type: name });
    const deltas = events.filter(({ name }) => name === "content_block_delta");
    expect(events.map(({ name }) => name)).toEqual([
      "message_start",
      "content_block_start",
      "ping",
      ...deltas.map(() => "content_block_delta"),
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    const pieces = deltas.map(({ data }) => (data as { delta: { text: string } }).delta.text);
    expect(pieces.join("")).toBe(whole.content[0]?.text);
    expect(pieces.length).toBe(10);
    expect(events[0]?.data).toMatchObject({
      message: { content: [], stop_reason: null, usage: { input_tokens: 10, output_tokens: 1 } },
    });
    expect(events.at(-2)?.data).toMatchObject({
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: { output_tokens: 10 },
    });
  });

  it("takes the query that Claude Code adds", async () => {
    expect((await bench.ask("POST /v1/messages?beta=true", { headers: anthropicHeaders, json: body })).status).toBe(
      200,
    );
  });

  it.each([
    ["no model", { model: undefined }, "model: Field required"],
    ["a model that is no string", { model: 3 }, "model: Input should be a valid string"],
    ["no messages", { messages: undefined }, "messages: Field required"],
    ["messages that are no list", { messages: "x" }, "messages: Input should be a valid list"],
    ["an empty list", { messages: [] }, "messages: at least one message is required"],
    [
      "a system message",
      { messages: [{ role: "system", content: "x" }] },
      "messages.0.role: Input should be 'user' or 'assistant'",
    ],
    [
      "a message that is none",
      { messages: [body.messages[0], 3] },
      "messages.1.role: Input should be 'user' or 'assistant'",
    ],
    [
      "an empty message",
      { messages: [{ role: "user", content: "" }] },
      "messages.0.content: Input should be a valid string or list of blocks",
    ],
    ["no max_tokens", { max_tokens: undefined }, "max_tokens: Field required"],
    ["max_tokens of zero", { max_tokens: 0 }, "max_tokens: Input should be greater than or equal to 1"],
    ["stream as a text", { stream: "true" }, "stream: Input should be a valid boolean"],
  ])("refuses %s", async (_what, change, message) => {
    const { status, json } = await bench.ask(messages, { headers: anthropicHeaders, json: { ...body, ...change } });
    expect(status).toBe(400);
    expect(json).toMatchObject({ type: "error", error: { type: "invalid_request_error", message } });
  });

  it("refuses a body that is not JSON", async () => {
    for (const broken of ["", "{", "[]", "null"]) {
      expect((await bench.ask(messages, { headers: anthropicHeaders, text: broken })).status).toBe(400);
    }
  });

  it("does not know another vendor's model", async () => {
    const { status, json } = await bench.ask(messages, {
      headers: anthropicHeaders,
      json: { ...body, model: "gpt-5" },
    });
    expect([status, json]).toEqual([
      404,
      expect.objectContaining({ error: { type: "not_found_error", message: "model: gpt-5" } }),
    ]);
  });
});

describe("the other calls", () => {
  it("counts tokens", async () => {
    const counted = { model: body.model, messages: body.messages };
    expect(
      (await bench.ask("POST /v1/messages/count_tokens", { headers: anthropicHeaders, json: counted })).json,
    ).toEqual({ input_tokens: 10 });
    expect((await bench.ask("POST /v1/messages/count_tokens", { headers: anthropicHeaders, json: {} })).status).toBe(
      400,
    );
  });

  it("lists its models and gives one", async () => {
    const { json } = await bench.ask("GET /v1/models", { headers: anthropicHeaders });
    const list = json as { data: { id: string }[] };
    expect(json).toMatchObject({ has_more: false, first_id: "claude-opus-4-5", last_id: "claude-haiku-4-5" });
    expect((await bench.ask("GET /v1/models/claude-haiku-4-5", { headers: anthropicHeaders })).json).toEqual(
      list.data[2],
    );
  });

  it("does not know other paths and methods", async () => {
    expect((await bench.ask("GET /v1/organizations/me", { headers: anthropicHeaders })).status).toBe(404);
    expect((await bench.ask("GET /v1/models/nope", { headers: anthropicHeaders })).status).toBe(404);
    expect((await bench.ask("GET /v1/messages", { headers: anthropicHeaders })).status).toBe(405);
  });
});

describe("headers", () => {
  it.each([
    ["no key", {}, 401, "authentication_error", "x-api-key header is required"],
    ["a placeholder", { "x-api-key": `agt_${"a".repeat(43)}` }, 401, "authentication_error", "invalid x-api-key"],
    ["an OpenAI key", { "x-api-key": "sk-proj-test-0001" }, 401, "authentication_error", "invalid x-api-key"],
    [
      "no version",
      { "x-api-key": "sk-ant-test-0001" },
      400,
      "invalid_request_error",
      "anthropic-version: header is required",
    ],
  ])("are refused with %s", async (_what, headers, status, type, message) => {
    const answer = await bench.ask(messages, { headers, json: body });
    const id = answer.headers["request-id"];
    expect([answer.status, answer.json]).toEqual([status, { type: "error", error: { type, message }, request_id: id }]);
    expect(id).toMatch(/^req_[0-9a-f]{24}$/);
  });

  it("take an OAuth token by Bearer", async () => {
    const headers = { authorization: "Bearer sk-ant-oat01-xyz", "anthropic-version": "2023-06-01" };
    expect((await bench.ask(messages, { headers, json: body })).status).toBe(200);
  });

  it("tell the limits and a request ID of its own for each answer", async () => {
    const [first, second] = [
      await bench.ask("GET /v1/models", { headers: anthropicHeaders }),
      await bench.ask("GET /v1/models"),
    ];
    expect(first.headers).toMatchObject({
      "anthropic-ratelimit-requests-limit": "1000",
      "anthropic-ratelimit-requests-remaining": "999",
      "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:01.000Z",
      "anthropic-ratelimit-tokens-limit": "80000",
    });
    expect(first.headers["request-id"]).not.toBe(second.headers["request-id"]);
  });

  it("tell a limited client when to come back", async () => {
    for (const [status, type] of [
      [429, "rate_limit_error"],
      [500, "api_error"],
      [529, "overloaded_error"],
    ] as const) {
      bench.provider.addFault({ kind: "error", status });
      const answer = await bench.ask(messages, { headers: anthropicHeaders, json: body });
      expect([answer.status, answer.json]).toEqual([
        status,
        expect.objectContaining({ error: expect.objectContaining({ type }) }),
      ]);
      expect(answer.headers["retry-after"]).toBe(status === 429 ? "1" : undefined);
    }
  });
});

describe("tools", () => {
  const content = 'call the tool exec with {"command":"id -u"}';
  const withTool = { ...body, messages: [{ role: "user", content }], tools: [{ name: "exec", input_schema: {} }] };
  const block = { type: "tool_use", id: expect.stringMatching(/^toolu_[0-9a-f]{24}$/), name: "exec" };

  it("are called when a prompt wants it and the request offers it", async () => {
    const { json } = await bench.ask(messages, { headers: anthropicHeaders, json: withTool });
    expect(json).toMatchObject({ content: [{ ...block, input: { command: "id -u" } }], stop_reason: "tool_use" });
    for (const tools of [undefined, [], [{ name: "other" }]]) {
      const answer = await bench.ask(messages, { headers: anthropicHeaders, json: { ...withTool, tools } });
      expect(answer.json).toMatchObject({ content: [{ type: "text" }], stop_reason: "end_turn" });
    }
  });

  it("are called in a stream in pieces that make the arguments", async () => {
    const { text } = await bench.ask(messages, { headers: anthropicHeaders, json: { ...withTool, stream: true } });
    const events = readEvents(text).map(({ data }) => data as Record<string, unknown>);
    expect(events.find(({ type }) => type === "content_block_start")).toMatchObject({
      content_block: { ...block, input: {} },
    });
    const pieces = events.filter(({ type }) => type === "content_block_delta");
    const json = pieces.map(({ delta }) => (delta as { partial_json: string }).partial_json).join("");
    expect(JSON.parse(json)).toEqual({ command: "id -u" });
  });

  it("have their results in the record, and are not called again", async () => {
    const result = { type: "tool_result", tool_use_id: "toolu_1", content: [{ type: "text", text: "941" }] };
    const list = [
      { role: "user", content },
      { role: "assistant", content: [{ type: "tool_use", id: "toolu_1", name: "exec", input: {} }] },
      { role: "user", content: [result] },
    ];
    const { json } = await bench.ask(messages, { headers: anthropicHeaders, json: { ...withTool, messages: list } });
    expect(json).toMatchObject({ content: [{ type: "text" }], stop_reason: "end_turn" });
    expect(bench.provider.requests.at(-1)).toMatchObject({ prompt: "", toolResult: "941" });
  });
});
