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
    { method: "POST", path: "/v1/messages/count_tokens" },
    { method: "GET", path: "/v1/models" },
    { method: "GET", path: "/v1/models/*" },
  ],
};
