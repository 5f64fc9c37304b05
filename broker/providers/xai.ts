// SPDX-License-Identifier: Apache-2.0
import type { Provider } from "../provider.ts";

/** xAI's API. */
export const xai: Provider = {
  id: "xai",
  origin: "https://api.x.ai",
  authSlots: ["authorization"],
  auth: { header: "authorization", prefix: "Bearer " },
  endpoints: [
    { method: "POST", path: "/v1/chat/completions" },
    { method: "POST", path: "/v1/responses" },
    { method: "POST", path: "/v1/images/generations" },
    { method: "GET", path: "/v1/models" },
    { method: "GET", path: "/v1/models/*" },
    { method: "GET", path: "/v1/language-models" },
    { method: "GET", path: "/v1/language-models/*" },
  ],
  usage: "openai",
  // xAI answers 400 to a key that it cannot read.
  probe: { method: "GET", path: "/v1/api-key", live: [200], invalid: [400, 401] },
  clients: [
    { client: "OpenAI SDKs", settings: ["OPENAI_BASE_URL={origin}/xai/v1", "OPENAI_API_KEY={token}"] },
    {
      client: "OpenClaw",
      settings: ['models.providers.xai.baseUrl = "{origin}/xai/v1"', 'models.providers.xai.api = "openai-responses"'],
    },
  ],
};
