// SPDX-License-Identifier: Apache-2.0
import type { Provider } from "../provider.ts";

/** DeepSeek's API, in OpenAI's form, with and without the version in the path. */
export const deepseek: Provider = {
  id: "deepseek",
  origin: "https://api.deepseek.com",
  authSlots: ["authorization"],
  auth: { header: "authorization", prefix: "Bearer " },
  endpoints: [
    { method: "POST", path: "/chat/completions" },
    { method: "POST", path: "/v1/chat/completions" },
    { method: "POST", path: "/beta/chat/completions" },
    { method: "POST", path: "/beta/completions" },
    { method: "GET", path: "/models" },
    { method: "GET", path: "/v1/models" },
  ],
  usage: "openai",
  probe: { method: "GET", path: "/user/balance", live: [200], invalid: [401] },
  clients: [
    { client: "OpenAI SDKs", settings: ["OPENAI_BASE_URL={origin}/deepseek/v1", "OPENAI_API_KEY={token}"] },
    {
      client: "OpenClaw",
      settings: [
        'models.providers.deepseek.baseUrl = "{origin}/deepseek/v1"',
        'models.providers.deepseek.api = "openai-completions"',
      ],
    },
  ],
};
