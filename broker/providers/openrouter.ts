// SPDX-License-Identifier: Apache-2.0
import type { Provider } from "../provider.ts";

/** OpenRouter. `/api/v1/keys` mints keys and `/api/v1/auth/keys` trades codes for them, so they stay out. */
export const openrouter: Provider = {
  id: "openrouter",
  origin: "https://openrouter.ai",
  authSlots: ["authorization"],
  auth: { header: "authorization", prefix: "Bearer " },
  endpoints: [
    { method: "POST", path: "/api/v1/chat/completions" },
    { method: "POST", path: "/api/v1/completions" },
    { method: "POST", path: "/api/v1/responses" },
    { method: "POST", path: "/api/v1/embeddings" },
    { method: "GET", path: "/api/v1/models" },
    { method: "GET", path: "/api/v1/models/*/*/endpoints" },
  ],
  usage: "openai",
  probe: { method: "GET", path: "/api/v1/key", live: [200], invalid: [401] },
  clients: [
    {
      client: "OpenAI SDKs",
      settings: ["OPENAI_BASE_URL={origin}/openrouter/api/v1", "OPENAI_API_KEY={token}"],
    },
    {
      client: "OpenClaw",
      settings: [
        'models.providers.openrouter.baseUrl = "{origin}/openrouter/api/v1"',
        'models.providers.openrouter.api = "openai-completions"',
      ],
    },
  ],
};
