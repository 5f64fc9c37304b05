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
    { method: "GET", path: "/v1/models" },
    { method: "GET", path: "/v1/models/*" },
  ],
};
