// SPDX-License-Identifier: Apache-2.0
import type { Provider, ProviderEndpoint } from "../provider.ts";

const VERSIONS: readonly string[] = ["v1", "v1beta"];

/**
 * Google's Gemini API. Its clients send the placeholder as `x-goog-api-key`, older ones as `?key=`, which the broker takes away. Files,
 * cached contents, batches and ephemeral tokens live on at Google, so they stay out.
 */
export const gemini: Provider = {
  id: "gemini",
  origin: "https://generativelanguage.googleapis.com",
  authSlots: ["x-goog-api-key", "authorization"],
  auth: { header: "x-goog-api-key", prefix: "" },
  endpoints: VERSIONS.flatMap((version): readonly ProviderEndpoint[] => [
    { method: "POST", path: `/${version}/models/*:generateContent` },
    { method: "POST", path: `/${version}/models/*:streamGenerateContent` },
    { method: "POST", path: `/${version}/models/*:embedContent` },
    { method: "POST", path: `/${version}/models/*:batchEmbedContents` },
    { method: "POST", path: `/${version}/models/*:countTokens`, isFree: true },
    { method: "GET", path: `/${version}/models` },
    { method: "GET", path: `/${version}/models/*` },
  ]),
  usage: "gemini",
  // A key that Google does not know is a bad request to it, not an unauthorised one.
  probe: { method: "GET", path: "/v1/models?pageSize=1", live: [200], invalid: [400, 401] },
  clients: [
    {
      client: "Gemini CLI, @google/genai",
      settings: ["GOOGLE_GEMINI_BASE_URL={origin}/gemini", "GEMINI_API_KEY={token}"],
    },
    {
      client: "OpenClaw",
      settings: [
        'models.providers.google.baseUrl = "{origin}/gemini/v1beta"',
        'models.providers.google.api = "google-generative-ai"',
      ],
    },
  ],
};
