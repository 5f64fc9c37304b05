// SPDX-License-Identifier: Apache-2.0
import {
  answerTo,
  contentText,
  identifier,
  isObject,
  lastUserText,
  lastUserTurn,
  nothingUnderstood,
  parseObject,
  serverSentEvent,
  wantedTool,
  words,
  type Exchange,
  type Provider,
  type ProviderReply,
  type ProviderRequest,
  type ToolCall,
} from "./exchange.ts";

const models = ["claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"];

const errorTypes: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  405: "invalid_request_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  529: "overloaded_error",
};

/** Plays api.anthropic.com: Messages, token counting and models. */
export const anthropic: Provider = {
  key: ({ headers }) => headers["x-api-key"] ?? /^Bearer (\S+)$/i.exec(headers["authorization"] ?? "")?.[1] ?? null,
  wellFormed: (key) => /^sk-ant-[A-Za-z0-9_-]{8,}$/.test(key),
  answer,
  error: (request, status) => errorReply(request, status, status === 529 ? "Overloaded" : "a fault was asked for"),
};

function answer(request: ProviderRequest): Exchange {
  const refused = (status: number, message: string): Exchange => ({
    reply: errorReply(request, status, message),
    understood: nothingUnderstood,
  });
  const { method, pathname, headers } = request;
  const key = anthropic.key(request);
  if (key === null) return refused(401, "x-api-key header is required");
  if (!request.accepts(key)) return refused(401, "invalid x-api-key");
  if (headers["anthropic-version"] === undefined) return refused(400, "anthropic-version: header is required");

  const route = `${method} ${pathname}`;
  if (route === "POST /v1/messages") return messages(request, refused);
  if (route === "POST /v1/messages/count_tokens") return countTokens(request, refused);
  if (route === "GET /v1/models") return listed(request);
  const model = models.find((id) => route === `GET /v1/models/${id}`);
  if (model !== undefined) return { reply: reply(request, renderModel(model)), understood: nothingUnderstood };
  return ["/v1/messages", "/v1/models"].includes(pathname)
    ? refused(405, "Method Not Allowed")
    : refused(404, "Not found");
}

type Refuse = (status: number, message: string) => Exchange;

function messages(request: ProviderRequest, refused: Refuse): Exchange {
  const body = parseObject(request.body);
  if (body === null) return refused(400, "The request body is not valid JSON");
  const problem = bodyProblem(body) ?? tokensProblem(body["max_tokens"]);
  if (problem !== null) return refused(400, problem);
  const { model, stream = false } = body;
  if (typeof model !== "string" || !model.startsWith("claude-")) return refused(404, `model: ${String(model)}`);
  const list = body["messages"] as readonly unknown[];
  const prompt = lastUserText(list);
  const toolResult = toolResultText(list);
  const tool = wantedTool(prompt, body["tools"]);
  const message = compose(request, { model, prompt, tool, limit: Number(body["max_tokens"]) });
  const understood = { model, prompt, stream: stream === true, ...(toolResult === "" ? {} : { toolResult }) };
  if (stream !== true) return { reply: reply(request, message), understood };
  const type = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" };
  return {
    reply: { status: 200, headers: { ...baseHeaders(request), ...type }, events: streamEvents(message) },
    understood,
  };
}

function countTokens(request: ProviderRequest, refused: Refuse): Exchange {
  const body = parseObject(request.body);
  if (body === null) return refused(400, "The request body is not valid JSON");
  const problem = bodyProblem(body);
  if (problem !== null) return refused(400, problem);
  const prompt = lastUserText(body["messages"] as readonly unknown[]);
  return {
    reply: reply(request, { input_tokens: inputTokens(prompt) }),
    understood: { model: String(body["model"]), stream: false, prompt },
  };
}

/** What is wrong with a Messages request, null when nothing is. */
function bodyProblem(body: Readonly<Record<string, unknown>>): string | null {
  const { model, messages: list, stream = false } = body;
  if (model === undefined) return "model: Field required";
  if (typeof model !== "string") return "model: Input should be a valid string";
  if (list === undefined) return "messages: Field required";
  if (!Array.isArray(list)) return "messages: Input should be a valid list";
  if (list.length === 0) return "messages: at least one message is required";
  const bad = list.findIndex(
    (message) => !isObject(message) || !["user", "assistant"].includes(String(message["role"])),
  );
  if (bad !== -1) return `messages.${bad}.role: Input should be 'user' or 'assistant'`;
  const empty = list.findIndex((message: Record<string, unknown>) => !isContent(message["content"]));
  if (empty !== -1) return `messages.${empty}.content: Input should be a valid string or list of blocks`;
  if (typeof stream !== "boolean") return "stream: Input should be a valid boolean";
  return null;
}

function isContent(content: unknown): boolean {
  return (
    (typeof content === "string" && content !== "") ||
    (Array.isArray(content) && content.length > 0 && content.every(isObject))
  );
}

function tokensProblem(limit: unknown): string | null {
  if (limit === undefined) return "max_tokens: Field required";
  return Number.isInteger(limit) && Number(limit) >= 1
    ? null
    : "max_tokens: Input should be greater than or equal to 1";
}

/** What the tools gave, in the last turn of the user. */
function toolResultText(messages: readonly unknown[]): string {
  const blocks = lastUserTurn(messages).flatMap(({ content }) =>
    Array.isArray(content) ? (content as unknown[]) : [],
  );
  const results = blocks.filter((block) => isObject(block) && block["type"] === "tool_result");
  return results.map((block) => (isObject(block) ? contentText(block["content"]) : "")).join("\n");
}

interface Asked {
  readonly model: string;
  readonly prompt: string;
  /** What the model answers with instead of a text. */
  readonly tool: ToolCall | null;
  readonly limit: number;
}

type Block =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly input: unknown };

function compose(request: ProviderRequest, { model, prompt, tool, limit }: Asked) {
  const all = words(tool?.input ?? answerTo(prompt));
  const kept = all.slice(0, limit);
  const content: readonly Block[] = [
    tool === null
      ? { type: "text", text: kept.join("") }
      : {
          type: "tool_use",
          id: identifier("toolu_", request.sequence),
          name: tool.name,
          input: parseObject(tool.input),
        },
  ];
  const ending = tool === null ? "end_turn" : "tool_use";
  return {
    id: identifier("msg_", request.sequence),
    type: "message",
    role: "assistant",
    model,
    content,
    stop_reason: kept.length < all.length ? "max_tokens" : ending,
    stop_sequence: null,
    usage: {
      input_tokens: inputTokens(prompt),
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: 0,
      output_tokens: kept.length,
    },
  };
}

function streamEvents(message: ReturnType<typeof compose>): readonly string[] {
  const { content, stop_reason, stop_sequence, usage } = message;
  const start = { ...message, content: [], stop_reason: null, usage: { ...usage, output_tokens: 1 } };
  const delta = { stop_reason, stop_sequence };
  const events = [
    { type: "message_start", message: start },
    ...content.flatMap(streamBlock),
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta, usage: { output_tokens: usage.output_tokens } },
    { type: "message_stop" },
  ];
  return events.map((event) => serverSentEvent(event, event.type));
}

function streamBlock(block: Block): readonly { readonly type: string }[] {
  const empty = block.type === "text" ? { ...block, text: "" } : { ...block, input: {} };
  const pieces = words(block.type === "text" ? block.text : JSON.stringify(block.input));
  const delta = (piece: string): object =>
    block.type === "text" ? { type: "text_delta", text: piece } : { type: "input_json_delta", partial_json: piece };
  return [
    { type: "content_block_start", index: 0, content_block: empty },
    { type: "ping" },
    ...pieces.map((piece) => ({ type: "content_block_delta", index: 0, delta: delta(piece) })),
  ] as readonly { readonly type: string }[];
}

function listed(request: ProviderRequest): Exchange {
  const list = { data: models.map(renderModel), has_more: false, first_id: models.at(0), last_id: models.at(-1) };
  return { reply: reply(request, list), understood: nothingUnderstood };
}

function renderModel(id: string): object {
  return { type: "model", id, display_name: id, created_at: "2025-10-01T00:00:00Z" };
}

function inputTokens(prompt: string): number {
  return words(prompt).length + 8;
}

function reply(request: ProviderRequest, json: unknown): ProviderReply {
  return { status: 200, headers: baseHeaders(request), json };
}

function errorReply(request: ProviderRequest, status: number, message: string): ProviderReply {
  const type = errorTypes[status] ?? "api_error";
  const headers = baseHeaders(request);
  const json = { type: "error", error: { type, message }, request_id: headers["request-id"] };
  return { status, headers: status === 429 ? { ...headers, "retry-after": "1" } : headers, json };
}

function baseHeaders({ sequence, now }: ProviderRequest): Readonly<Record<string, string>> {
  const limit = (kind: string, most: number, left: number): Record<string, string> => ({
    [`anthropic-ratelimit-${kind}-limit`]: String(most),
    [`anthropic-ratelimit-${kind}-remaining`]: String(left),
    [`anthropic-ratelimit-${kind}-reset`]: new Date(now.getTime() + 1000).toISOString(),
  });
  return {
    "request-id": identifier("req_", sequence),
    "anthropic-organization-id": "00000000-0000-4000-8000-000000000000",
    ...limit("requests", 1000, 999),
    ...limit("tokens", 80_000, 79_000),
  };
}
