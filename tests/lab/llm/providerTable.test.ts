// SPDX-License-Identifier: Apache-2.0
import { findProvider, providerHosts, type ModelProviderName } from "../../../lab/llm/providerTable.ts";
import { startModelProviderBench, type ModelProviderBench } from "../../support/modelProviderBench.ts";

let bench: ModelProviderBench;
beforeAll(async () => {
  bench = await startModelProviderBench();
});
afterAll(() => bench.close());

const cases: readonly (readonly [ModelProviderName, string, string, string])[] = [
  ["openrouter", "/api/v1", "acme/model-1", `sk-or-v1-${"a1".repeat(32)}`],
  ["xai", "/v1", "grok-4", `xai-${"k".repeat(80)}`],
  ["groq", "/openai/v1", "llama-3.3-70b", `gsk_${"k".repeat(52)}`],
  ["deepseek", "", "deepseek-chat", `sk-${"k".repeat(32)}`],
  ["deepseek", "/v1", "deepseek-chat", `sk-${"k".repeat(32)}`],
  ["mistral", "/v1", "mistral-small", "k".repeat(32)],
];

describe("a provider with OpenAI's API", () => {
  it.each(cases)("answers as %s below %s", async (provider, prefix, model, key) => {
    const headers = { authorization: `Bearer ${key}` };
    const json = { model, messages: [{ role: "user", content: "hello" }] };
    const asked = { host: providerHosts[provider], headers, json };

    expect((await bench.ask(`POST ${prefix}/chat/completions`, asked)).json).toMatchObject({ model });
    expect(bench.provider.requests.at(-1)).toMatchObject({ provider, key, status: 200, prompt: "hello" });
    expect((await bench.ask(`POST ${prefix}/files`, asked)).status).toBe(404);
    expect((await bench.ask(`POST /other${prefix}/chat/completions`, asked)).status).toBe(404);
  });

  it.each(cases)("takes as %s no key of another's form", async (provider, prefix) => {
    const headers = { authorization: "Bearer sk-ant-other-0001" };
    const { status } = await bench.ask(`GET ${prefix}/models`, { host: providerHosts[provider], headers });
    expect(status).toBe(401);
  });
});

describe("faults on demand", () => {
  const asked = { host: "api.openai.com", headers: { authorization: "Bearer sk-proj-test-0001" } };

  it("say after how long to come back", async () => {
    bench.provider.addFault({ kind: "error", status: 429, retryAfter: 7 });
    bench.provider.addFault({ kind: "error", status: 529, retryAfter: 8 });
    const answers = [await bench.ask("GET /v1/models", asked), await bench.ask("GET /v1/models", asked)];
    expect(answers.map(({ status, headers }) => [status, headers["retry-after"]])).toEqual([
      [429, "7"],
      [529, "8"],
    ]);
  });

  it("slow a stream down by as much as asked", async () => {
    bench.provider.addFault({ kind: "slow", pause: 0 });
    const before = bench.pauses();
    const json = { model: "gpt-5", stream: true, messages: [{ role: "user", content: "hello" }] };
    expect((await bench.ask("POST /v1/chat/completions", { ...asked, json })).text).toContain("[DONE]");
    expect(bench.pauses()).toBe(before);
  });
});

describe("findProvider", () => {
  it("knows each by its DNS name and nobody else", () => {
    for (const [name, host] of Object.entries(providerHosts)) expect(findProvider(host)).toBe(name);
    expect(["", "openai", "constructor", "evil.example"].map(findProvider)).toEqual([null, null, null, null]);
  });
});
