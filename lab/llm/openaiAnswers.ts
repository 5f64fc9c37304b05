// SPDX-License-Identifier: Apache-2.0
import { answerTo, identifier, serverSentEvent, words } from "./exchange.ts";

/** What an answer is made of. */
export interface OpenAiRequest {
  readonly model: string;
  readonly prompt: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly sequence: number;
}

/** A whole chat completion. */
export function composeChat(asked: OpenAiRequest): object {
  const content = answerTo(asked.prompt);
  const message = { role: "assistant", content, refusal: null, annotations: [] };
  return {
    ...chatHead(asked, "chat.completion"),
    choices: [{ index: 0, message, logprobs: null, finish_reason: "stop" }],
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
    chunk({ role: "assistant", content: "", refusal: null }, null),
    ...words(answerTo(asked.prompt)).map((content) => chunk({ content }, null)),
    chunk({}, "stop"),
    ...(withUsage ? [{ ...head, choices: [], usage: chatUsage(asked.prompt) }] : []),
  ];
  return [...chunks.map((data) => serverSentEvent(data)), serverSentEvent("[DONE]")];
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
  const item = outputItem(asked, "completed", answerTo(asked.prompt));
  return { ...responseHead(asked, "completed"), output: [item], usage: responseUsage(asked.prompt) };
}

/** The events of a streamed response, numbered; there is no [DONE] in this API. */
export function responseEvents(asked: OpenAiRequest): readonly string[] {
  const text = answerTo(asked.prompt);
  const open = { ...responseHead(asked, "in_progress"), output: [], usage: null };
  const place = { item_id: identifier("msg_", asked.sequence), output_index: 0, content_index: 0 };
  const part = (shown: string): object => ({ type: "output_text", text: shown, annotations: [], logprobs: [] });
  const events = [
    { type: "response.created", response: open },
    { type: "response.in_progress", response: open },
    { type: "response.output_item.added", output_index: 0, item: outputItem(asked, "in_progress", null) },
    { type: "response.content_part.added", ...place, part: part("") },
    ...words(text).map((delta) => ({ type: "response.output_text.delta", ...place, delta, logprobs: [] })),
    { type: "response.output_text.done", ...place, text, logprobs: [] },
    { type: "response.content_part.done", ...place, part: part(text) },
    { type: "response.output_item.done", output_index: 0, item: outputItem(asked, "completed", text) },
    { type: "response.completed", response: composeResponse(asked) },
  ];
  return events.map((event, index) => serverSentEvent({ ...event, sequence_number: index }, event.type));
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

function outputItem({ sequence }: OpenAiRequest, status: string, text: string | null): object {
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
