// SPDX-License-Identifier: Apache-2.0
import { AUTH_SLOTS } from "../../broker/authSlots.ts";
import { findEndpoint } from "../../broker/provider.ts";
import { anthropic } from "../../broker/providers/anthropic.ts";
import { openai } from "../../broker/providers/openai.ts";
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
    [openai, "GET", "/v1/responses/resp_1"],
    [openai, "DELETE", "/v1/models/ft:mine"],
    [openai, "POST", "/v1/messages"],
    [openai, "PUT", "/v1/responses"],
    [openai, "", "/v1/models"],
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
    expect(provider.authSlots).toContain(provider.auth.header);
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

  it("selects by ID in the order asked for, and refuses an ID that it lacks", () => {
    expect(selectProviders(["openai", "anthropic"])).toEqual([openai, anthropic]);
    expect(() => selectProviders(["cohere"])).toThrow(
      'cannot broker for "cohere": known providers are anthropic, openai, gemini, openrouter, xai, groq, deepseek, mistral',
    );
  });
});
