// SPDX-License-Identifier: Apache-2.0
import { answerTo, identifier, serverSentEvent, words, type ToolCall } from "./exchange.ts";

/** What an answer is made of. */
export interface OpenAiRequest {
  readonly model: string;
  readonly prompt: string;
  /** What the model answers with instead of a text. */
  readonly tool: ToolCall | null;
  /** Seconds since 1970. */
  readonly created: number;
  readonly sequence: number;
}

/** A whole chat completion. */
export function composeChat(asked: OpenAiRequest): object {
  const { tool } = asked;
  const content = tool === null ? answerTo(asked.prompt) : null;
  const calls = tool === null ? {} : { tool_calls: [chatToolCall(asked, tool, tool.input)] };
  const message = { role: "assistant", content, ...calls, refusal: null, annotations: [] };
  return {
    ...chatHead(asked, "chat.completion"),
    choices: [{ index: 0, message, logprobs: null, finish_reason: tool === null ? "stop" : "tool_calls" }],
    usage: chatUsage(asked.prompt),
  };
}

/** The chunks of a chat completion and the final [DONE]. */
export function chatEvents(asked: OpenAiRequest, withUsage: boolean): readonly string[] {
  const head = chatHead(asked, "chat.completion.chunk");
  const chunk = (delta: object, finish: string | null): object => {
    const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }];
    return withUsage ? { ...head, choices, usage: null } : { ...head, choices };
  };
  const chunks = [
    ...chatDeltas(asked).map((delta) => chunk(delta, null)),
    chunk({}, asked.tool === null ? "stop" : "tool_calls"),
    ...(withUsage ? [{ ...head, choices: [], usage: chatUsage(asked.prompt) }] : []),
  ];
  return [...chunks.map((data) => serverSentEvent(data)), serverSentEvent("[DONE]")];
}

/** A text word by word, or a tool's name and then its arguments piece by piece. */
function chatDeltas(asked: OpenAiRequest): readonly object[] {
  const { tool } = asked;
  if (tool === null) {
    const first = { role: "assistant", content: "", refusal: null };
    return [first, ...words(answerTo(asked.prompt)).map((content) => ({ content }))];
  }
  const start = { index: 0, ...chatToolCall(asked, tool, "") };
  const pieces = words(tool.input).map((piece) => ({ tool_calls: [{ index: 0, function: { arguments: piece } }] }));
  return [{ role: "assistant", content: null, tool_calls: [start] }, ...pieces];
}

function chatToolCall({ sequence }: OpenAiRequest, { name }: ToolCall, input: string): object {
  return { id: identifier("call_", sequence), type: "function", function: { name, arguments: input } };
}

function chatHead({ model, created, sequence }: OpenAiRequest, object: string): object {
  const id = identifier("chatcmpl-", sequence);
  return { id, object, created, model, service_tier: "default", system_fingerprint: "fp_lab" };
}

function chatUsage(prompt: string): object {
  const [input, output] = [words(prompt).length + 7, words(answerTo(prompt)).length];
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: 0,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}

/** A whole response of the Responses API. */
export function composeResponse(asked: OpenAiRequest): object {
  const { tool } = asked;
  const item =
    tool === null ? messageItem(asked, "completed", answerTo(asked.prompt)) : callItem(asked, tool, tool.input);
  return { ...responseHead(asked, "completed"), output: [item], usage: responseUsage(asked.prompt) };
}

/** The events of a streamed response, numbered; there is no [DONE] in this API. */
export function responseEvents(asked: OpenAiRequest): readonly string[] {
  const open = { ...responseHead(asked, "in_progress"), output: [], usage: null };
  const events = [
    { type: "response.created", response: open },
    { type: "response.in_progress", response: open },
    ...(asked.tool === null ? messageEvents(asked) : callEvents(asked, asked.tool)),
    { type: "response.completed", response: composeResponse(asked) },
  ];
  return events.map((event, index) => serverSentEvent({ ...event, sequence_number: index }, event.type));
}

function messageEvents(asked: OpenAiRequest): readonly { readonly type: string }[] {
  const text = answerTo(asked.prompt);
  const place = { item_id: identifier("msg_", asked.sequence), output_index: 0, content_index: 0 };
  const part = (shown: string): object => ({ type: "output_text", text: shown, annotations: [], logprobs: [] });
  const events = [
    { type: "response.output_item.added", output_index: 0, item: messageItem(asked, "in_progress", null) },
    { type: "response.content_part.added", ...place, part: part("") },
    ...words(text).map((delta) => ({ type: "response.output_text.delta", ...place, delta, logprobs: [] })),
    { type: "response.output_text.done", ...place, text, logprobs: [] },
    { type: "response.content_part.done", ...place, part: part(text) },
    { type: "response.output_item.done", output_index: 0, item: messageItem(asked, "completed", text) },
  ];
  return events;
}

function callEvents(asked: OpenAiRequest, tool: ToolCall): readonly { readonly type: string }[] {
  const place = { item_id: identifier("fc_", asked.sequence), output_index: 0 };
  const kind = "response.function_call_arguments";
  const events = [
    { type: "response.output_item.added", output_index: 0, item: callItem(asked, tool, "") },
    ...words(tool.input).map((delta) => ({ type: `${kind}.delta`, ...place, delta })),
    { type: `${kind}.done`, ...place, name: tool.name, arguments: tool.input },
    { type: "response.output_item.done", output_index: 0, item: callItem(asked, tool, tool.input) },
  ];
  return events;
}

/** A function call, which is in progress as long as it has no arguments. */
function callItem({ sequence }: OpenAiRequest, { name }: ToolCall, input: string): object {
  const status = input === "" ? "in_progress" : "completed";
  const ids = { id: identifier("fc_", sequence), call_id: identifier("call_", sequence) };
  return { ...ids, type: "function_call", status, name, arguments: input };
}

function responseHead({ model, created, sequence }: OpenAiRequest, status: string): object {
  const id = identifier("resp_", sequence);
  const fixed = {
    error: null,
    incomplete_details: null,
    instructions: null,
    metadata: {},
    parallel_tool_calls: true,
    tools: [],
  };
  return { id, object: "response", created_at: created, status, model, ...fixed };
}

function messageItem({ sequence }: OpenAiRequest, status: string, text: string | null): object {
  const content = text === null ? [] : [{ type: "output_text", text, annotations: [], logprobs: [] }];
  return { id: identifier("msg_", sequence), type: "message", status, role: "assistant", content };
}

function responseUsage(prompt: string): object {
  const [input, output] = [words(prompt).length + 7, words(answerTo(prompt)).length];
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  };
}
