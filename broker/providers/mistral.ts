// SPDX-License-Identifier: Apache-2.0
import type { Provider } from "../provider.ts";

/** Mistral's API. Its agents, conversations, libraries and files live on at Mistral, so they stay out. */
export const mistral: Provider = {
  id: "mistral",
  origin: "https://api.mistral.ai",
  authSlots: ["authorization"],
  auth: { header: "authorization", prefix: "Bearer " },
  endpoints: [
    { method: "POST", path: "/v1/chat/completions" },
    { method: "POST", path: "/v1/fim/completions" },
    { method: "POST", path: "/v1/embeddings" },
    { method: "POST", path: "/v1/audio/transcriptions" },
    { method: "POST", path: "/v1/ocr" },
    { method: "GET", path: "/v1/models" },
    { method: "GET", path: "/v1/models/*" },
  ],
  usage: "openai",
  probe: { method: "GET", path: "/v1/models", live: [200], invalid: [401] },
  clients: [
    { client: "OpenAI SDKs", settings: ["OPENAI_BASE_URL={origin}/mistral/v1", "OPENAI_API_KEY={token}"] },
    { client: "@mistralai/mistralai", settings: ['serverURL: "{origin}/mistral"', 'apiKey: "{token}"'] },
    {
      client: "OpenClaw",
      settings: [
        'models.providers.mistral.baseUrl = "{origin}/mistral/v1"',
        'models.providers.mistral.api = "openai-completions"',
      ],
    },
  ],
};
