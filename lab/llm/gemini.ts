// SPDX-License-Identifier: Apache-2.0
import {
  answerTo,
  contentText,
  identifier,
  isObject,
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

const models = ["gemini-2.5-pro", "gemini-2.5-flash"];

const errorNames: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
};

/** Plays generativelanguage.googleapis.com: content, whole and streamed, token counting and models. */
export const gemini: Provider = {
  key: ({ headers, search }) => headers["x-goog-api-key"] ?? new URLSearchParams(search).get("key"),
  wellFormed: (key) => /^(?:AIza[A-Za-z0-9_-]{35}|AQ\.[A-Za-z0-9_-]{20,})$/.test(key),
  answer,
  error: (_request, status) => errorReply(status, "a fault was asked for"),
};

function answer(request: ProviderRequest): Exchange {
  const { method, pathname } = request;
  const key = gemini.key(request);
  if (key === null) return refused(403, "Method doesn't allow unregistered callers. Please use API Key.");
  if (!request.accepts(key)) return refused(400, "API key not valid. Please pass a valid API key.");
  const place = /^\/v1(?:beta)?\/models(?:\/([\w.-]+)(?::(\w+))?)?$/.exec(pathname);
  if (place === null) return refused(404, "Not found.");
  const [, name, action] = place;
  if (name !== undefined && !models.includes(name)) return refused(404, `models/${name} is not found.`);
  if (method === "GET" && action === undefined) return plain(name === undefined ? listModels() : renderModel(name));
  if (method !== "POST" || name === undefined) return refused(404, "Not found.");
  return act(request, name, action);
}

function act(request: ProviderRequest, model: string, action: string | undefined): Exchange {
  const body = parseObject(request.body);
  const contents = body?.["contents"];
  if (body === null || !Array.isArray(contents) || contents.length === 0)
    return refused(400, "* GenerateContentRequest.contents: contents is not specified");
  const turn = readTurn(contents as readonly unknown[]);
  const stream = action === "streamGenerateContent";
  const understood = { model, stream, prompt: turn.prompt, ...(turn.result === "" ? {} : { toolResult: turn.result }) };
  if (action === "countTokens") return { reply: json({ totalTokens: countWords(turn.prompt) }), understood };
  const asked = { request, model, prompt: turn.prompt, tool: wantedTool(turn.prompt, declarations(body["tools"])) };
  if (action === "generateContent") return { reply: json(compose(asked, parts(asked), true)), understood };
  return stream ? { reply: streamed(asked), understood } : refused(404, `${String(action)} is not found.`);
}

interface Asked {
  readonly request: ProviderRequest;
  readonly model: string;
  readonly prompt: string;
  /** What the model answers with instead of a text. */
  readonly tool: ToolCall | null;
}

/** Text and results of functions in the last content, which is the user's. */
function readTurn(contents: readonly unknown[]): { readonly prompt: string; readonly result: string } {
  const last = contents.at(-1);
  const list = isObject(last) && Array.isArray(last["parts"]) ? (last["parts"] as readonly unknown[]) : [];
  const results = list.filter((part) => isObject(part) && isObject(part["functionResponse"]));
  const given = results.map((part) =>
    JSON.stringify((part as { functionResponse: { response?: unknown } }).functionResponse.response),
  );
  return { prompt: contentText(list), result: given.join("\n") };
}

function declarations(tools: unknown): unknown {
  const list = Array.isArray(tools) ? (tools as readonly unknown[]) : [];
  return list.flatMap((tool) => (isObject(tool) ? tool["functionDeclarations"] : []));
}

function parts({ prompt, tool }: Asked): readonly object[] {
  if (tool !== null) return [{ functionCall: { name: tool.name, args: parseObject(tool.input) } }];
  return words(answerTo(prompt)).map((text) => ({ text }));
}

/** An answer of these parts; the reason to stop comes with the last one. */
function compose({ request, model, prompt }: Asked, content: readonly object[], isLast: boolean): object {
  const merged = isLast && content.every((part) => "text" in part) ? [{ text: contentText(content) }] : content;
  const candidate = { content: { role: "model", parts: merged }, index: 0 };
  return {
    candidates: [isLast ? { ...candidate, finishReason: "STOP" } : candidate],
    usageMetadata: usageUpTo(prompt, content.length),
    modelVersion: model,
    responseId: identifier("", request.sequence),
  };
}

/** With `alt=sse` events; without it one list in pieces. */
function streamed(asked: Asked): ProviderReply {
  const all = parts(asked);
  const chunks = all.map((part, index) => ({
    ...compose(asked, [part], index === all.length - 1),
    usageMetadata: usageUpTo(asked.prompt, index + 1),
  }));
  if (new URLSearchParams(asked.request.search).get("alt") === "sse")
    return {
      status: 200,
      headers: { "content-type": "text/event-stream" },
      events: chunks.map((one) => serverSentEvent(one)),
    };
  const pieces = chunks.map((one, index) => `${index === 0 ? "[" : ",\r\n"}${JSON.stringify(one)}`);
  return { status: 200, headers: { "content-type": "application/json" }, events: [...pieces, "]"] };
}

/** Streams tell usage as a running total. */
function usageUpTo(prompt: string, output: number): object {
  const input = countWords(prompt);
  return { promptTokenCount: input, candidatesTokenCount: output, totalTokenCount: input + output };
}

function countWords(prompt: string): number {
  return words(prompt).length + 1;
}

function listModels(): object {
  return { models: models.map(renderModel) };
}

function renderModel(id: string): object {
  return { name: `models/${id}`, displayName: id, supportedGenerationMethods: ["generateContent", "countTokens"] };
}

function plain(document: object): Exchange {
  return { reply: json(document), understood: nothingUnderstood };
}

function json(document: unknown): ProviderReply {
  return { status: 200, headers: {}, json: document };
}

function refused(status: number, message: string): Exchange {
  return { reply: errorReply(status, message), understood: nothingUnderstood };
}

function errorReply(status: number, message: string): ProviderReply {
  return { status, headers: {}, json: { error: { code: status, message, status: errorNames[status] ?? "UNKNOWN" } } };
}
