// SPDX-License-Identifier: Apache-2.0
import type { Provider } from "../provider.ts";

/** OpenAI's API. */
export const openai: Provider = {
  id: "openai",
  origin: "https://api.openai.com",
  authSlots: ["authorization"],
  auth: { header: "authorization", prefix: "Bearer " },
  endpoints: [
    { method: "POST", path: "/v1/chat/completions" },
    { method: "POST", path: "/v1/responses" },
    { method: "POST", path: "/v1/embeddings" },
    { method: "POST", path: "/v1/completions" },
    { method: "POST", path: "/v1/images/generations" },
    { method: "POST", path: "/v1/images/edits" },
    { method: "POST", path: "/v1/audio/speech" },
    { method: "POST", path: "/v1/audio/transcriptions" },
    { method: "POST", path: "/v1/audio/translations" },
    { method: "POST", path: "/v1/moderations", isFree: true },
    { method: "GET", path: "/v1/models" },
    { method: "GET", path: "/v1/models/*" },
  ],
  usage: "openai",
  probe: { method: "GET", path: "/v1/models", live: [200], invalid: [401] },
  clients: [
    { client: "OpenAI SDKs", settings: ["OPENAI_BASE_URL={origin}/openai/v1", "OPENAI_API_KEY={token}"] },
    {
      client: "Codex CLI",
      settings: [
        'model_provider = "office-claws"',
        "[model_providers.office-claws]",
        'name = "Office Claws"',
        'base_url = "{origin}/openai/v1"',
        'env_key = "OPENAI_API_KEY"',
        'wire_api = "responses"',
        "supports_websockets = false",
      ],
    },
    {
      client: "OpenClaw",
      settings: [
        'models.providers.openai.baseUrl = "{origin}/openai/v1"',
        'models.providers.openai.api = "openai-responses"',
      ],
    },
  ],
};
