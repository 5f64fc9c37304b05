// SPDX-License-Identifier: Apache-2.0
import type { CustomProvider } from "../ask/agentFacts.ts";

/** A wire format in which OpenClaw asks models. */
export type ModelApi = "anthropic-messages" | "openai-responses" | "openai-completions" | "google-generative-ai";

/** How OpenClaw reaches one provider at the broker. */
export interface ModelRoute {
  readonly api: ModelApi;
  /** Path at the provider to which OpenClaw adds the rest; without a slash at its end. */
  readonly base: string;
  /** Model that is asked unless the configuration names others; missing: it has to. */
  readonly model?: string;
}

/** The provider's own wire format where there is one; a middle model, not the dearest. */
const ROUTES: ReadonlyMap<string, ModelRoute> = new Map<string, ModelRoute>([
  ["anthropic", { api: "anthropic-messages", base: "", model: "claude-sonnet-5" }],
  ["openai", { api: "openai-responses", base: "/v1", model: "gpt-5.4" }],
  ["gemini", { api: "google-generative-ai", base: "/v1beta", model: "gemini-3.7-flash" }],
  ["openrouter", { api: "openai-completions", base: "/api/v1", model: "openrouter/auto" }],
  ["xai", { api: "openai-responses", base: "/v1", model: "grok-4.7" }],
  ["groq", { api: "openai-completions", base: "/openai/v1", model: "openai/gpt-oss-120b" }],
  ["deepseek", { api: "openai-completions", base: "/v1", model: "deepseek-v4-pro" }],
  ["mistral", { api: "openai-completions", base: "/v1", model: "mistral-large-latest" }],
]);

/** Ends of the paths that each format asks, the best format first. What comes before the end is the base. */
const CUSTOM_ENDS: readonly (readonly [RegExp, ModelApi])[] = [
  [/^POST (.*)\/v1\/messages$/, "anthropic-messages"],
  [/^POST (.*)\/responses$/, "openai-responses"],
  [/^POST (.*)\/chat\/completions$/, "openai-completions"],
  [/^POST (.*)\/models\/\*:streamGenerateContent$/, "google-generative-ai"],
];

/** Finds the way to a provider, built in or custom. Undefined when OpenClaw speaks none of its formats. */
export function findModelRoute(provider: string, customs: readonly CustomProvider[]): ModelRoute | undefined {
  const custom = customs.find(({ id }) => id === provider);
  return custom === undefined ? ROUTES.get(provider) : customRoute(custom);
}

function customRoute({ endpoints }: CustomProvider): ModelRoute | undefined {
  for (const [end, api] of CUSTOM_ENDS) {
    const base = endpoints.map((endpoint) => end.exec(endpoint)?.[1]).find((found) => found !== undefined);
    if (base !== undefined) return { api, base };
  }
  return undefined;
}
