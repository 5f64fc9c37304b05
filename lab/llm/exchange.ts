// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";

/** One request, after its body came in. */
export interface ProviderRequest {
  readonly method: string;
  /** Without the query. */
  readonly pathname: string;
  /** The query, from its question mark on. */
  readonly search: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** Counts up; IDs in the answer derive from it. */
  readonly sequence: number;
  readonly now: Date;
  /** Whether this provider takes the key. */
  readonly accepts: (key: string) => boolean;
}

/** The answer: a JSON document or a stream of server-sent events, each with its final empty line. */
export interface ProviderReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly events?: readonly string[];
}

/** What the provider understood of a request, for the record. */
export interface Understood {
  readonly model: string | null;
  readonly stream: boolean;
  readonly prompt: string;
  /** What the tools gave that the model had asked for; missing: nothing. */
  readonly toolResult?: string;
}

/** A tool that the model wants to be used. */
export interface ToolCall {
  readonly name: string;
  /** Arguments, as JSON. */
  readonly input: string;
}

/** A provider's answer and what it understood. */
export interface Exchange {
  readonly reply: ProviderReply;
  readonly understood: Understood;
}

/** One of the providers that the mock plays. */
export interface Provider {
  /** The raw key, null when none came. */
  readonly key: (request: Pick<ProviderRequest, "headers" | "search">) => string | null;
  /** Whether a key has the provider's form. */
  readonly wellFormed: (key: string) => boolean;
  readonly answer: (request: ProviderRequest) => Exchange;
  /** The error that the provider sends with a status. */
  readonly error: (request: ProviderRequest, status: number) => ProviderReply;
}

/** Of a request that was refused before it was read. */
export const nothingUnderstood: Understood = { model: null, stream: false, prompt: "" };

/** The answer to a prompt: always the same one, and it quotes the prompt. */
export function answerTo(prompt: string): string {
  const number = createHash("sha256").update(prompt).digest().readUInt16BE(0);
  return `You asked: "${prompt}". The mock model's answer is ${number}.`;
}

/** Cuts a text into its words, each with the white space after it: the pieces of a stream and the mock's tokens. */
export function words(text: string): readonly string[] {
  return text.match(/\S+\s*|\s+/g) ?? [];
}

/** An ID with the provider's prefix. */
export function identifier(prefix: string, sequence: number): string {
  return prefix + createHash("sha256").update(`${prefix}${sequence}`).digest("hex").slice(0, 24);
}

/** One server-sent event; OpenAI's chat API sends them without a name. */
export function serverSentEvent(data: unknown, name?: string): string {
  const text = typeof data === "string" ? data : JSON.stringify(data);
  return `${name === undefined ? "" : `event: ${name}\n`}data: ${text}\n\n`;
}

/** Parses a JSON object; null for anything else. */
export function parseObject(body: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text of a message's content: a string or a list of blocks with a `text`. */
export function contentText(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((block) => (isObject(block) && typeof block["text"] === "string" ? block["text"] : "")).join("");
}

/** The text of the last messages with the role "user": providers take several in a row for one turn. */
export function lastUserText(messages: readonly unknown[]): string {
  return lastUserTurn(messages)
    .map((message) => contentText(message["content"]))
    .join("\n");
}

/** The last messages with the role "user" that stand together. */
export function lastUserTurn(messages: readonly unknown[]): readonly Readonly<Record<string, unknown>>[] {
  const isUser = (message: unknown): boolean => isObject(message) && message["role"] === "user";
  const end = messages.findLastIndex(isUser) + 1;
  const start = messages.slice(0, end).findLastIndex((message) => !isUser(message)) + 1;
  return messages.slice(start, end).filter(isObject);
}

/** The tool that a prompt wants: it says `call the tool NAME with {JSON}` on one line, and the request must offer that tool. */
export function wantedTool(prompt: string, offered: unknown): ToolCall | null {
  const [, name, input] = /\bcall the tool (\w+) with (\{.*\})/.exec(prompt) ?? [];
  if (name === undefined || input === undefined || parseObject(input) === null) return null;
  const tools: readonly unknown[] = Array.isArray(offered) ? offered : [];
  return tools.some((tool) => isObject(tool) && tool["name"] === name) ? { name, input } : null;
}
