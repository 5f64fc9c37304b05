// SPDX-License-Identifier: Apache-2.0
import {
  contentText,
  identifier,
  isObject,
  lastUserText,
  nothingUnderstood,
  parseObject,
  wantedTool,
  type Exchange,
  type Provider,
  type ProviderReply,
  type ProviderRequest,
} from "./exchange.ts";
import { chatEvents, composeChat, composeResponse, responseEvents, type OpenAiRequest } from "./openaiAnswers.ts";

const models = ["gpt-5", "gpt-5-mini", "gpt-4.1"];

interface Refusal {
  readonly message: string;
  readonly type?: string;
  readonly param?: string;
  readonly code?: string;
}

/** In what a provider with OpenAI's API differs from OpenAI. */
export interface OpenAiTraits {
  readonly keys: RegExp;
  /** Names of models that it has. */
  readonly models: RegExp;
  /** What stands before `/v1` in its paths. @default "" */
  readonly prefix?: string;
  /** Whether it also takes paths without `/v1`. @default false */
  readonly isVersionOptional?: boolean;
}

/** Plays api.openai.com: chat completions, responses and models. */
export const openai: Provider = createOpenAi({
  keys: /^sk-(?!ant-)[A-Za-z0-9_-]{8,}$/,
  models: /^(gpt|o[0-9]|codex)/,
});

/** Plays a provider with OpenAI's API. */
export function createOpenAi(traits: OpenAiTraits): Provider {
  return {
    key: ({ headers }) => /^Bearer (\S+)$/i.exec(headers["authorization"] ?? "")?.[1] ?? null,
    wellFormed: (key) => traits.keys.test(key),
    answer: (request) => answer(request, traits),
    error: (request, status) => errorReply(request, status, { message: "a fault was asked for", ...faultKind(status) }),
  };
}

function answer(request: ProviderRequest, traits: OpenAiTraits): Exchange {
  const refused = (status: number, refusal: Refusal): Exchange => ({
    reply: errorReply(request, status, refusal),
    understood: nothingUnderstood,
  });
  const { method, pathname } = request;
  const key = openai.key(request);
  if (key === null) return refused(401, { message: "You didn't provide an API key in the Authorization header." });
  if (!request.accepts(key)) {
    return refused(401, { message: `Incorrect API key provided: ${quotedKey(key)}.`, code: "invalid_api_key" });
  }
  const route = `${method} ${plainPath(pathname, traits)}`;
  if (route === "GET /v1/models") return plain(request, { object: "list", data: models.map(renderModel) });
  const model = models.find((id) => route === `GET /v1/models/${id}`);
  if (model !== undefined) return plain(request, renderModel(model));
  const generation = { traits, refused };
  if (route === "POST /v1/chat/completions") return generate(request, "messages", generation);
  if (route === "POST /v1/responses") return generate(request, "input", generation);
  return refused(404, { message: `Invalid URL (${method} ${pathname})` });
}

/** The path as OpenAI would have it; "" for one that is not this provider's. */
function plainPath(pathname: string, { prefix = "", isVersionOptional = false }: OpenAiTraits): string {
  if (pathname.startsWith(`${prefix}/v1/`)) return pathname.slice(prefix.length);
  return isVersionOptional ? `/v1${pathname}` : "";
}

/** OpenAI quotes the first eight and the last four characters of a key that it refuses. */
function quotedKey(key: string): string {
  return key.length <= 12 ? "*".repeat(key.length) : `${key.slice(0, 8)}${"*".repeat(key.length - 12)}${key.slice(-4)}`;
}

interface Generation {
  readonly traits: OpenAiTraits;
  readonly refused: (status: number, refusal: Refusal) => Exchange;
}

function generate(request: ProviderRequest, field: "messages" | "input", { traits, refused }: Generation): Exchange {
  const body = parseObject(request.body);
  if (body === null) return refused(400, { message: "We could not parse the JSON body of your request." });
  const problem = bodyProblem(body, field);
  if (problem !== null) return refused(400, problem);
  const model = String(body["model"]);
  if (!traits.models.test(model)) {
    return refused(404, { message: `The model \`${model}\` does not exist.`, code: "model_not_found" });
  }
  const toolResult = toolResultText(body[field]);
  const prompt = toolResult === "" ? promptOf(body[field]) : "";
  const tool = wantedTool(prompt, offeredTools(body["tools"]));
  const created = Math.floor(request.now.getTime() / 1000);
  const asked: OpenAiRequest = { model, prompt, tool, created, sequence: request.sequence };
  const stream = body["stream"] === true;
  const reply = field === "messages" ? chatReply(request, asked, body) : responseReply(request, asked, stream);
  return { reply, understood: { model, prompt, stream, ...(toolResult === "" ? {} : { toolResult }) } };
}

function chatReply(
  request: ProviderRequest,
  asked: OpenAiRequest,
  body: Readonly<Record<string, unknown>>,
): ProviderReply {
  if (body["stream"] !== true) return jsonReply(request, composeChat(asked));
  const { stream_options: options } = body;
  return streamReply(request, chatEvents(asked, isObject(options) && options["include_usage"] === true));
}

function responseReply(request: ProviderRequest, asked: OpenAiRequest, stream: boolean): ProviderReply {
  return stream ? streamReply(request, responseEvents(asked)) : jsonReply(request, composeResponse(asked));
}

function bodyProblem(body: Readonly<Record<string, unknown>>, field: "messages" | "input"): Refusal | null {
  const { model, stream } = body;
  const missing = (param: string): Refusal => ({
    message: `Missing required parameter: '${param}'.`,
    param,
    code: "missing_required_parameter",
  });
  const invalid = (param: string): Refusal => ({
    message: `Invalid type for '${param}'.`,
    param,
    code: "invalid_type",
  });
  if (model === undefined)
    return field === "messages" ? { message: "you must provide a model parameter" } : missing("model");
  if (typeof model !== "string") return invalid("model");
  if (body[field] === undefined) return missing(field);
  if (typeof stream !== "boolean" && stream !== undefined && stream !== null) return invalid("stream");
  const input = body[field];
  if (field === "input" && typeof input === "string") return null;
  if (!Array.isArray(input) || !input.every(isObject)) return invalid(field);
  if (input.length === 0) return { message: `Invalid '${field}': empty array.`, param: field, code: "empty_array" };
  return null;
}

function promptOf(input: unknown): string {
  return typeof input === "string" ? input : lastUserText(input as readonly unknown[]);
}

/** What the tools gave, when that is what the input ends with: `tool` messages, or outputs of function calls. */
function toolResultText(input: unknown): string {
  const items = Array.isArray(input) ? (input as readonly unknown[]).filter(isObject) : [];
  const isResult = (item: Readonly<Record<string, unknown>>): boolean =>
    item["role"] === "tool" || item["type"] === "function_call_output";
  const results = items.slice(items.findLastIndex((item) => !isResult(item)) + 1);
  return results.map((item) => contentText(item["content"] ?? item["output"])).join("\n");
}

/** Chat completions wrap each function once more than responses do. */
function offeredTools(tools: unknown): unknown {
  if (!Array.isArray(tools)) return tools;
  return tools.map((tool: unknown) => (isObject(tool) && isObject(tool["function"]) ? tool["function"] : tool));
}

function renderModel(id: string): object {
  return { id, object: "model", created: 1_750_000_000, owned_by: "system" };
}

function plain(request: ProviderRequest, json: unknown): Exchange {
  return { reply: jsonReply(request, json), understood: nothingUnderstood };
}

function jsonReply(request: ProviderRequest, json: unknown): ProviderReply {
  return { status: 200, headers: baseHeaders(request), json };
}

function streamReply(request: ProviderRequest, events: readonly string[]): ProviderReply {
  return {
    status: 200,
    headers: { ...baseHeaders(request), "content-type": "text/event-stream; charset=utf-8" },
    events,
  };
}

function faultKind(status: number): Partial<Refusal> {
  if (status === 429) return { type: "requests", code: "rate_limit_exceeded" };
  return status >= 500 ? { type: "server_error" } : {};
}

function errorReply(request: ProviderRequest, status: number, refusal: Refusal): ProviderReply {
  const { message, type = "invalid_request_error", param = null, code = null } = refusal;
  const headers = baseHeaders(request);
  return {
    status,
    headers: status === 429 ? { ...headers, "retry-after": "1" } : headers,
    json: { error: { message, type, param, code } },
  };
}

function baseHeaders({ sequence }: ProviderRequest): Readonly<Record<string, string>> {
  const limit = (kind: string, most: number, left: number): Record<string, string> => ({
    [`x-ratelimit-limit-${kind}`]: String(most),
    [`x-ratelimit-remaining-${kind}`]: String(left),
    [`x-ratelimit-reset-${kind}`]: "1s",
  });
  return {
    "x-request-id": identifier("req_", sequence),
    "openai-organization": "lab",
    "openai-processing-ms": "1",
    "openai-version": "2020-10-01",
    ...limit("requests", 500, 499),
    ...limit("tokens", 30_000, 29_000),
  };
}
