// SPDX-License-Identifier: Apache-2.0
import type { Provider } from "../provider.ts";

/** Groq's API, in OpenAI's form. Many of its models have an owner and a slash in their names. */
export const groq: Provider = {
  id: "groq",
  origin: "https://api.groq.com",
  authSlots: ["authorization"],
  auth: { header: "authorization", prefix: "Bearer " },
  endpoints: [
    { method: "POST", path: "/openai/v1/chat/completions" },
    { method: "POST", path: "/openai/v1/responses" },
    { method: "POST", path: "/openai/v1/audio/speech" },
    { method: "POST", path: "/openai/v1/audio/transcriptions" },
    { method: "POST", path: "/openai/v1/audio/translations" },
    { method: "GET", path: "/openai/v1/models" },
    { method: "GET", path: "/openai/v1/models/*" },
    { method: "GET", path: "/openai/v1/models/*/*" },
  ],
  usage: "openai",
  probe: { method: "GET", path: "/openai/v1/models", live: [200], invalid: [401] },
  clients: [
    { client: "OpenAI SDKs", settings: ["OPENAI_BASE_URL={origin}/groq/openai/v1", "OPENAI_API_KEY={token}"] },
    { client: "groq-sdk", settings: ["GROQ_BASE_URL={origin}/groq", "GROQ_API_KEY={token}"] },
    {
      client: "OpenClaw",
      settings: [
        'models.providers.groq.baseUrl = "{origin}/groq/openai/v1"',
        'models.providers.groq.api = "openai-completions"',
      ],
    },
  ],
};
