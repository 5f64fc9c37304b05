// SPDX-License-Identifier: Apache-2.0
import { openaiHeaders as headers, readEvents, startModelProviderBench } from "../../support/modelProviderBench.ts";
import type { ModelProviderBench } from "../../support/modelProviderBench.ts";

let bench: ModelProviderBench;
beforeEach(async () => {
  bench = await startModelProviderBench();
});
afterEach(() => bench.close());

const host = "api.openai.com";
const content = 'call the tool weather with {"city": "Rome"}';
const input = '{"city": "Rome"}';
const callId = expect.stringMatching(/^call_[0-9a-f]{24}$/);

describe("tools in chat completions", () => {
  const tools = [{ type: "function", function: { name: "weather", parameters: { type: "object" } } }];
  const body = { model: "gpt-5", tools, messages: [{ role: "user", content }] };
  const call = { id: callId, type: "function", function: { name: "weather", arguments: input } };
  const ask = async (json: object): Promise<unknown> =>
    (await bench.ask("POST /v1/chat/completions", { host, headers, json })).json;

  it("are called when the prompt says so and the request offers them", async () => {
    expect(await ask(body)).toMatchObject({
      choices: [{ message: { role: "assistant", content: null, tool_calls: [call] }, finish_reason: "tool_calls" }],
    });
    expect(await ask({ ...body, tools: [] })).toMatchObject({ choices: [{ finish_reason: "stop" }] });
  });

  it("stream their arguments in pieces that make them up", async () => {
    const json = { ...body, stream: true };
    const { text } = await bench.ask("POST /v1/chat/completions", { host, headers, json });
    const chunks = readEvents(text).flatMap(({ data }) =>
      typeof data === "string" ? [] : (data as { choices: Chunk[] }).choices,
    );
    const calls = chunks.flatMap(({ delta }) => delta.tool_calls ?? []);

    expect(calls[0]).toEqual({ index: 0, ...call, function: { name: "weather", arguments: "" } });
    expect(calls.length).toBeGreaterThan(2);
    expect(calls.map((one) => one.function.arguments).join("")).toBe(input);
    expect(chunks.at(-1)?.finish_reason).toBe("tool_calls");
  });

  it("give results that the model sees", async () => {
    const messages = [...body.messages, { role: "assistant", tool_calls: [] }, { role: "tool", content: "rain" }];
    expect(await ask({ ...body, messages })).toMatchObject({ choices: [{ finish_reason: "stop" }] });
    expect(bench.provider.requests).toMatchObject([{ prompt: "", toolResult: "rain" }]);
  });
});

interface Chunk {
  readonly delta: { readonly tool_calls?: readonly { readonly function: { readonly arguments: string } }[] };
  readonly finish_reason: string | null;
}

describe("tools in responses", () => {
  const tools = [{ type: "function", name: "weather", parameters: { type: "object" } }];
  const body = { model: "gpt-5", tools, input: content };
  const item = {
    id: expect.stringMatching(/^fc_[0-9a-f]{24}$/),
    call_id: callId,
    type: "function_call",
    status: "completed",
    name: "weather",
    arguments: input,
  };

  it("are called when the prompt says so and the request offers them", async () => {
    const { json } = await bench.ask("POST /v1/responses", { host, headers, json: body });
    expect(json).toMatchObject({ status: "completed", output: [item] });
  });

  it("stream their arguments between the item's start and its end", async () => {
    const { text } = await bench.ask("POST /v1/responses", { host, headers, json: { ...body, stream: true } });
    const events = readEvents(text).map(({ data }) => data as { type: string; delta?: string; item?: object });
    const deltas = events.filter(({ type }) => type === "response.function_call_arguments.delta");

    expect([...new Set(events.map(({ type }) => type))]).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.function_call_arguments.delta",
      "response.function_call_arguments.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(deltas.map(({ delta }) => delta).join("")).toBe(input);
    expect(events.at(-2)?.item).toEqual(item);
  });

  it("give results that the model sees", async () => {
    const given = [item, { type: "function_call_output", call_id: "call_1", output: "rain" }];
    const json = { ...body, input: [{ role: "user", content }, ...given] };
    const answer = await bench.ask("POST /v1/responses", { host, headers, json });
    expect(answer.json).toMatchObject({ output: [{ type: "message" }] });
    expect(bench.provider.requests).toMatchObject([{ prompt: "", toolResult: "rain" }]);
  });
});
