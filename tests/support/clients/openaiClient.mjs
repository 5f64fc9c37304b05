// SPDX-License-Identifier: Apache-2.0
// What a program that uses OpenAI's SDK does. Knows the broker by the environment of the workload's unit alone. Reads
// lines of JSON, `{"story", "prompt", "retries"}`, and prints a line of JSON for each.
import { readFileSync } from "node:fs";
import OpenAI from "openai";
import { createInterface } from "node:readline";
import { describeError } from "./describeError.mjs";

const shared = new OpenAI({
  apiKey: readFileSync(process.env.CLAWS_AGENT_TOKEN_FILE ?? "", "utf8"),
});
const model = "gpt-5";
const asked = (prompt) => ({ model, messages: [{ role: "user", content: prompt }] });
const weather = { name: "weather", description: "Tells the weather.", parameters: { type: "object", properties: {} } };

const stories = {
  async call(client, prompt) {
    const { data, request_id } = await client.chat.completions.create(asked(prompt)).withResponse();
    return { text: data.choices[0]?.message.content, tokens: data.usage?.completion_tokens, requestId: request_id };
  },
  async stream(client, prompt) {
    const stream = await client.chat.completions.create({
      ...asked(prompt),
      stream: true,
      stream_options: { include_usage: true },
    });
    let text = "";
    let pieces = 0;
    let tokens = 0;
    for await (const { choices, usage } of stream) {
      text += choices[0]?.delta.content ?? "";
      pieces += choices[0]?.delta.content ? 1 : 0;
      tokens = usage?.completion_tokens ?? tokens;
    }
    return { text, pieces, tokens };
  },
  /** The model calls a tool, gets what it gave, and answers; both turns are streamed. */
  async tool(client, prompt) {
    const tools = [{ type: "function", function: weather }];
    const first = await client.chat.completions.stream({ ...asked(prompt), tools }).finalChatCompletion();
    const { message, finish_reason: reason } = first.choices[0];
    const call = message.tool_calls?.[0];
    const input = JSON.parse(call?.function.arguments ?? "{}");
    const result = { role: "tool", tool_call_id: call?.id, content: `rain in ${input.city}` };
    const messages = [...asked(prompt).messages, message, result];
    const last = await client.chat.completions.stream({ ...asked(prompt), tools, messages }).finalChatCompletion();
    return { reason, input, text: last.choices[0]?.message.content };
  },
  async responses(client, prompt) {
    const { output_text: text, usage } = await client.responses.create({ model, input: prompt });
    return { text, tokens: usage?.output_tokens };
  },
  async responsesStream(client, prompt) {
    const last = await client.responses.stream({ model, input: prompt }).finalResponse();
    return { text: last.output_text, tokens: last.usage?.output_tokens };
  },
  async responsesTool(client, prompt) {
    const tools = [{ type: "function", strict: false, ...weather }];
    const first = await client.responses.stream({ model, input: prompt, tools }).finalResponse();
    const call = first.output.find(({ type }) => type === "function_call");
    const input = JSON.parse(call?.arguments ?? "{}");
    const result = { type: "function_call_output", call_id: call?.call_id, output: `rain in ${input.city}` };
    const turns = [{ role: "user", content: prompt }, call, result];
    const last = await client.responses.stream({ model, input: turns, tools }).finalResponse();
    return { reason: call?.type, input, text: last.output_text };
  },
  async abort(client, prompt) {
    const stream = await client.chat.completions.create({ ...asked(prompt), stream: true });
    for await (const { object } of stream) if (object === "chat.completion.chunk") stream.controller.abort();
    return { leftAt: new Date().toISOString() };
  },
  async models(client) {
    return { models: (await client.models.list()).data.length };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { story, prompt, retries = 0 } = JSON.parse(line);
  const client = shared.withOptions({ maxRetries: retries });
  const outcome = await stories[story](client, prompt).catch((error) => describeError(error, OpenAI));
  console.log(JSON.stringify(outcome));
}
