// SPDX-License-Identifier: Apache-2.0
import { AUTH_SLOTS } from "../../broker/authSlots.ts";
import { findEndpoint } from "../../broker/provider.ts";
import { fromCustomProvider } from "../../broker/customProviders.ts";
import { anthropic } from "../../broker/providers/anthropic.ts";
import { deepseek } from "../../broker/providers/deepseek.ts";
import { gemini } from "../../broker/providers/gemini.ts";
import { groq } from "../../broker/providers/groq.ts";
import { mistral } from "../../broker/providers/mistral.ts";
import { openai } from "../../broker/providers/openai.ts";
import { openrouter } from "../../broker/providers/openrouter.ts";
import { xai } from "../../broker/providers/xai.ts";
import { PROVIDERS, selectProviders } from "../../broker/providerTable.ts";
import { PROVIDER_IDS } from "../../protocol/constants.ts";

describe("findEndpoint", () => {
  it.each([
    [anthropic, "POST", "/v1/messages"],
    [anthropic, "POST", "/v1/messages/count_tokens"],
    [anthropic, "GET", "/v1/models"],
    [anthropic, "HEAD", "/v1/models"],
    [anthropic, "GET", "/v1/models/claude-test-1"],
    [openai, "POST", "/v1/chat/completions"],
    [openai, "POST", "/v1/responses"],
    [openai, "POST", "/v1/embeddings"],
    [openai, "GET", "/v1/models"],
    [openai, "GET", "/v1/models/gpt-test-1"],
    [openai, "POST", "/v1/moderations"],
    [openai, "POST", "/v1/images/generations"],
    [openai, "POST", "/v1/audio/speech"],
    [groq, "POST", "/openai/v1/audio/transcriptions"],
    [xai, "POST", "/v1/images/generations"],
    [mistral, "POST", "/v1/ocr"],
    [gemini, "POST", "/v1beta/models/gemini-test:generateContent"],
    [gemini, "POST", "/v1beta/models/gemini-test:streamGenerateContent"],
    [gemini, "POST", "/v1/models/gemini-test:countTokens"],
    [gemini, "POST", "/v1beta/models/gemini-test:embedContent"],
    [gemini, "GET", "/v1beta/models"],
    [gemini, "GET", "/v1beta/models/gemini-test"],
    [openrouter, "POST", "/api/v1/chat/completions"],
    [openrouter, "GET", "/api/v1/models"],
    [openrouter, "GET", "/api/v1/models/acme/m-1/endpoints"],
    [xai, "POST", "/v1/responses"],
    [groq, "POST", "/openai/v1/chat/completions"],
    [groq, "GET", "/openai/v1/models/acme/m-1"],
    [deepseek, "POST", "/chat/completions"],
    [deepseek, "POST", "/v1/chat/completions"],
    [mistral, "POST", "/v1/chat/completions"],
    [mistral, "POST", "/v1/fim/completions"],
  ])("allows $id %s %s", (provider, method, path) => {
    expect(findEndpoint(provider, method, path)).toBeDefined();
  });

  it.each([
    [anthropic, "GET", "/v1/messages"],
    [anthropic, "POST", "/v1/messages/"],
    [anthropic, "POST", "/v1/messages/batches"],
    [anthropic, "POST", "/v1/files"],
    [anthropic, "GET", "/v1/files"],
    [anthropic, "GET", "/v1/organizations/api_keys"],
    [anthropic, "POST", "/v1/organizations/api_keys/x"],
    [anthropic, "GET", "/v1/models/a/b"],
    [anthropic, "DELETE", "/v1/models/a"],
    [anthropic, "POST", "/V1/messages"],
    [openai, "POST", "/v1/files"],
    [openai, "GET", "/v1/files/x/content"],
    [openai, "POST", "/v1/organization/admin_api_keys"],
    [openai, "POST", "/v1/realtime/client_secrets"],
    [openai, "POST", "/v1/uploads"],
    [openai, "POST", "/v1/batches"],
    [openai, "POST", "/v1/assistants"],
    [openai, "POST", "/v1/vector_stores"],
    [openai, "POST", "/v1/fine_tuning/jobs"],
    [openai, "POST", "/v1/containers"],
    [openai, "GET", "/v1/responses/resp_1"],
    [openai, "DELETE", "/v1/models/ft:mine"],
    [openai, "POST", "/v1/messages"],
    [openai, "PUT", "/v1/responses"],
    [openai, "", "/v1/models"],
    [gemini, "POST", "/v1beta/models/gemini-test"],
    [gemini, "POST", "/v1beta/models/gemini-test:batchGenerateContent"],
    [gemini, "POST", "/v1beta/models/:generateContent"],
    [gemini, "POST", "/v1beta/models/a:b:generateContent"],
    [gemini, "POST", "/v1beta/models/a/b:generateContent"],
    [gemini, "POST", "/v1beta/files"],
    [gemini, "POST", "/upload/v1beta/files"],
    [gemini, "POST", "/v1beta/cachedContents"],
    [gemini, "POST", "/v1alpha/auth_tokens"],
    [gemini, "GET", "/v1beta/models/gemini-test:generateContent/x"],
    [openrouter, "POST", "/api/v1/keys"],
    [openrouter, "GET", "/api/v1/keys"],
    [openrouter, "GET", "/api/v1/key"],
    [openrouter, "POST", "/api/v1/auth/keys"],
    [openrouter, "GET", "/api/v1/credits"],
    [xai, "GET", "/v1/api-key"],
    [xai, "POST", "/v1/realtime/client_secrets"],
    [xai, "POST", "/v1/files"],
    [groq, "POST", "/openai/v1/files"],
    [groq, "POST", "/openai/v1/batches"],
    [deepseek, "GET", "/user/balance"],
    [mistral, "POST", "/v1/files"],
    [mistral, "POST", "/v1/agents"],
  ])("denies $id %s %s", (provider, method, path) => {
    expect(findEndpoint(provider, method, path)).toBeUndefined();
  });
});

describe("the provider table", () => {
  it("has exactly the providers that the protocol names", () => {
    expect(PROVIDERS.map(({ id }) => id)).toEqual(PROVIDER_IDS);
  });

  it.each(PROVIDERS)("knows for $id a plain https origin, and strips its credential slots everywhere", (provider) => {
    expect(new URL(provider.origin).protocol).toBe("https:");
    expect(new URL(provider.origin).origin).toBe(provider.origin);
    expect(provider.authSlots).toContain(provider.auth?.header);
    for (const slot of provider.authSlots) expect([...AUTH_SLOTS]).toContain(slot);
  });

  it("pins where keys may go", () => {
    expect(PROVIDERS.map(({ origin }) => origin)).toEqual([
      "https://api.anthropic.com",
      "https://api.openai.com",
      "https://generativelanguage.googleapis.com",
      "https://openrouter.ai",
      "https://api.x.ai",
      "https://api.groq.com",
      "https://api.deepseek.com",
      "https://api.mistral.ai",
    ]);
  });

  it("takes the placeholder in every header that its clients use, and puts the key into just one", () => {
    expect(PROVIDERS.map(({ id, auth }) => [id, auth?.header, auth?.prefix])).toEqual([
      ["anthropic", "x-api-key", ""],
      ["openai", "authorization", "Bearer "],
      ["gemini", "x-goog-api-key", ""],
      ["openrouter", "authorization", "Bearer "],
      ["xai", "authorization", "Bearer "],
      ["groq", "authorization", "Bearer "],
      ["deepseek", "authorization", "Bearer "],
      ["mistral", "authorization", "Bearer "],
    ]);
  });

  it.each(PROVIDERS)("has for $id only paths that a request can have, and none twice", ({ endpoints }) => {
    const lines = endpoints.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(lines).size).toBe(lines.length);
    for (const { path } of endpoints) expect(path).toMatch(/^(\/([a-z0-9_-]+|\*(:[A-Za-z]+)?))+$/);
    for (const { path } of endpoints)
      expect(path).not.toMatch(/key|token(?!s)|files|organi[sz]|batches|upload|secret|admin/i);
  });

  it.each(PROVIDERS)("has for $id a probe that tells a good key from a bad one, and a recipe", ({ probe, clients }) => {
    expect(probe?.live).toEqual([200]);
    expect(probe?.invalid).toContain(401);
    expect(clients.length).toBeGreaterThan(0);
    for (const { settings } of clients) expect(settings.join("\n")).toContain("{origin}/");
  });

  it("selects by ID in the order asked for, and refuses an ID that it lacks", () => {
    expect(selectProviders(["openai", "anthropic"])).toEqual([openai, anthropic]);
    expect(() => selectProviders(["cohere"])).toThrow(
      'cannot broker for "cohere": known providers are anthropic, openai, gemini, openrouter, xai, groq, deepseek, mistral',
    );
  });
});

describe("a custom provider", () => {
  const custom = {
    id: "acme",
    origin: "https://api.acme.example",
    auth: { header: "x-acme-key", prefix: "" },
    endpoints: ["POST /v1/chat", "GET /v1/items/*"],
  };

  it("becomes one of the broker's, whose header is stripped from requests and whose tokens nobody tells", () => {
    expect(fromCustomProvider(custom)).toEqual({
      ...custom,
      authSlots: ["x-acme-key"],
      endpoints: [
        { method: "POST", path: "/v1/chat" },
        { method: "GET", path: "/v1/items/*" },
      ],
      usage: "none",
      clients: [],
    });
    expect(fromCustomProvider({ ...custom, usage: "openai" }).usage).toBe("openai");
  });

  it("is selected beside the table's, and never in the place of one", () => {
    expect(selectProviders(["acme", "openai"], [custom]).map(({ origin }) => origin)).toEqual([
      "https://api.acme.example",
      "https://api.openai.com",
    ]);
    expect(selectProviders(["openai"], [{ ...custom, id: "openai" }])).toEqual([openai]);
    expect(() => selectProviders(["acme"])).toThrow('cannot broker for "acme"');
  });
});
