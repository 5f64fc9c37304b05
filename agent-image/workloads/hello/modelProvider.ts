// SPDX-License-Identifier: Apache-2.0
import { list, member } from "../ask/modelReply.ts";

/** How one provider is asked a single question: no streaming, no memory. */
export interface ModelProvider {
  /** Variable with the address to which `path` is added, as the provider's own SDK reads it. */
  readonly baseUrlVariable: string;
  readonly path: string;
  /** Headers that carry the placeholder token. */
  headers(token: string): Readonly<Record<string, string>>;
  body(prompt: string): object;
  /** The text of the answer; undefined when there is none in it. */
  readAnswer(answer: unknown): string | undefined;
}

const MAX_TOKENS = 1024;

const anthropic: ModelProvider = {
  baseUrlVariable: "ANTHROPIC_BASE_URL",
  path: "/v1/messages",
  headers: (token) => ({ "x-api-key": token, "anthropic-version": "2023-06-01" }),
  body: (prompt) => ({
    model: "claude-haiku-4-5",
    max_tokens: MAX_TOKENS,
    messages: [{ role: "user", content: prompt }],
  }),
  readAnswer: (answer) => {
    const texts = list(member(answer, "content")).map((block) => member(block, "text"));
    return joinTexts(texts.filter((text) => typeof text === "string"));
  },
};

const openai: ModelProvider = {
  baseUrlVariable: "OPENAI_BASE_URL",
  path: "/chat/completions",
  headers: (token) => ({ authorization: `Bearer ${token}` }),
  body: (prompt) => ({
    model: "gpt-5-mini",
    max_completion_tokens: MAX_TOKENS,
    messages: [{ role: "user", content: prompt }],
  }),
  readAnswer: (answer) => {
    const text = member(member(list(member(answer, "choices"))[0], "message"), "content");
    return typeof text === "string" ? joinTexts([text]) : undefined;
  },
};

/** The providers that this workload can ask, by ID. */
export const MODEL_PROVIDERS: ReadonlyMap<string, ModelProvider> = new Map([
  ["anthropic", anthropic],
  ["openai", openai],
]);

function joinTexts(texts: readonly string[]): string | undefined {
  return texts.join("") || undefined;
}
