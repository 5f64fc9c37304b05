// SPDX-License-Identifier: Apache-2.0
import { anthropic } from "./anthropic.ts";
import type { Provider } from "./exchange.ts";
import { gemini } from "./gemini.ts";
import { createOpenAi, openai } from "./openai.ts";

/** The providers that the mock plays, told apart by the Host header. */
export type ModelProviderName =
  "anthropic" | "openai" | "gemini" | "openrouter" | "xai" | "groq" | "deepseek" | "mistral";

/** DNS name of each. */
export const providerHosts: Readonly<Record<ModelProviderName, string>> = {
  anthropic: "api.anthropic.com",
  openai: "api.openai.com",
  gemini: "generativelanguage.googleapis.com",
  openrouter: "openrouter.ai",
  xai: "api.x.ai",
  groq: "api.groq.com",
  deepseek: "api.deepseek.com",
  mistral: "api.mistral.ai",
};

/** What plays each. */
export const providers: Readonly<Record<ModelProviderName, Provider>> = {
  anthropic,
  openai,
  gemini,
  openrouter: createOpenAi({ keys: /^sk-or-v1-[0-9a-f]{64}$/, models: /^[\w.-]+\/[\w.:-]+$/, prefix: "/api" }),
  xai: createOpenAi({ keys: /^xai-[0-9A-Za-z_]{80}$/, models: /^grok-/ }),
  groq: createOpenAi({ keys: /^gsk_[0-9A-Za-z]{52}$/, models: /./, prefix: "/openai" }),
  deepseek: createOpenAi({ keys: /^sk-[0-9a-z]{32}$/, models: /^deepseek-/, isVersionOptional: true }),
  mistral: createOpenAi({ keys: /^[0-9A-Za-z]{32}$/, models: /^(?:mistral|codestral|ministral)-/ }),
};

/** The provider behind a DNS name; null for a name that none has. */
export function findProvider(host: string): ModelProviderName | null {
  const names = Object.keys(providerHosts) as ModelProviderName[];
  return names.find((name) => providerHosts[name] === host) ?? null;
}
