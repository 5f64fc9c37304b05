// SPDX-License-Identifier: Apache-2.0
import type { Provider } from "../provider.ts";

/** Anthropic's API. Its clients send the placeholder as `x-api-key` or as a bearer token. */
export const anthropic: Provider = {
  id: "anthropic",
  origin: "https://api.anthropic.com",
  authSlots: ["x-api-key", "authorization"],
  auth: { header: "x-api-key", prefix: "" },
  endpoints: [
    { method: "POST", path: "/v1/messages" },
    { method: "POST", path: "/v1/messages/count_tokens", isFree: true },
    { method: "GET", path: "/v1/models" },
    { method: "GET", path: "/v1/models/*" },
  ],
  usage: "anthropic",
  probe: {
    method: "GET",
    path: "/v1/models?limit=1",
    headers: { "anthropic-version": "2023-06-01" },
    live: [200],
    invalid: [401],
  },
  clients: [
    {
      client: "Anthropic SDKs",
      settings: ["ANTHROPIC_BASE_URL={origin}/anthropic", "ANTHROPIC_API_KEY={token}"],
    },
    {
      client: "Claude Code",
      settings: ["ANTHROPIC_BASE_URL={origin}/anthropic", "ANTHROPIC_AUTH_TOKEN={token}"],
    },
    {
      client: "OpenClaw",
      settings: [
        'models.providers.anthropic.baseUrl = "{origin}/anthropic"',
        'models.providers.anthropic.api = "anthropic-messages"',
      ],
    },
  ],
};
