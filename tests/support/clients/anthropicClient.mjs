// SPDX-License-Identifier: Apache-2.0
// What a program that uses Anthropic's SDK does. Knows the broker by the environment of the workload's unit alone. Reads
// lines of JSON, `{"story", "prompt", "retries"}`, and prints a line of JSON for each.
import Anthropic from "@anthropic-ai/sdk";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { describeError } from "./describeError.mjs";

const shared = new Anthropic({
  apiKey: readFileSync(process.env.CLAWS_AGENT_TOKEN_FILE ?? "", "utf8"),
});
const asked = (prompt) => ({
  model: "claude-sonnet-5",
  max_tokens: 200,
  messages: [{ role: "user", content: prompt }],
});
const tools = [{ name: "weather", description: "Tells the weather.", input_schema: { type: "object" } }];

const stories = {
  async call(client, prompt) {
    const { data, request_id } = await client.messages.create(asked(prompt)).withResponse();
    return { text: textOf(data), tokens: data.usage.output_tokens, requestId: request_id };
  },
  /** Claude Code and older SDKs ask in this way. */
  async beta(client, prompt) {
    return { text: textOf(await client.messages.create(asked(prompt), { query: { beta: true } })) };
  },
  async stream(client, prompt) {
    const stream = client.messages.stream(asked(prompt));
    let pieces = 0;
    stream.on("text", () => (pieces += 1));
    const message = await stream.finalMessage();
    return { text: textOf(message), pieces, tokens: message.usage.output_tokens };
  },
  /** The model calls a tool, gets what it gave, and answers; both turns are streamed. */
  async tool(client, prompt) {
    const first = await client.messages.stream({ ...asked(prompt), tools }).finalMessage();
    const call = first.content.find(({ type }) => type === "tool_use");
    const result = { type: "tool_result", tool_use_id: call?.id, content: `rain in ${call?.input?.city}` };
    const messages = [
      ...asked(prompt).messages,
      { role: "assistant", content: first.content },
      { role: "user", content: [result] },
    ];
    const last = await client.messages.stream({ ...asked(prompt), tools, messages }).finalMessage();
    return { reason: first.stop_reason, input: call?.input, text: textOf(last) };
  },
  async abort(client, prompt) {
    const stream = await client.messages.create({ ...asked(prompt), stream: true });
    for await (const event of stream) {
      if (event.type === "message_start") stream.controller.abort();
    }
    return { leftAt: new Date().toISOString() };
  },
  async count(client, prompt) {
    const { model, messages } = asked(prompt);
    return { tokens: (await client.messages.countTokens({ model, messages })).input_tokens };
  },
  async models(client) {
    return { models: (await client.models.list()).data.length };
  },
};

function textOf({ content }) {
  return content.map((block) => (block.type === "text" ? block.text : "")).join("");
}

for await (const line of createInterface({ input: process.stdin })) {
  const { story, prompt, retries = 0 } = JSON.parse(line);
  const client = shared.withOptions({ maxRetries: retries });
  const outcome = await stories[story](client, prompt).catch((error) => describeError(error, Anthropic));
  console.log(JSON.stringify(outcome));
}
