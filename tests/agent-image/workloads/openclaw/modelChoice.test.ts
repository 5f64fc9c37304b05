// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import type { AgentFacts } from "../../../../agent-image/workloads/ask/agentFacts.ts";
import { chooseModels } from "../../../../agent-image/workloads/openclaw/modelChoice.ts";
import { findModelRoute } from "../../../../agent-image/workloads/openclaw/modelRoute.ts";
import { findEndpoint } from "../../../../broker/provider.ts";
import { PROVIDERS } from "../../../../broker/providerTable.ts";

const facts = (providers: readonly string[], more: Partial<AgentFacts> = {}): AgentFacts => ({
  hostname: "a1",
  runtime: "openclaw",
  providers,
  customProviders: [],
  ...more,
});

/** What each format asks below its base, with a model called "m". */
const asks = {
  "anthropic-messages": ["/v1/messages", "/v1/models"],
  "openai-responses": ["/responses", "/models"],
  "openai-completions": ["/chat/completions", "/models"],
  "google-generative-ai": ["/models/m:streamGenerateContent", "/models"],
} as const;

describe("findModelRoute", () => {
  it.each(PROVIDERS.map((provider) => [provider.id, provider] as const))(
    "leads to paths of %s that the broker allows",
    (id, provider) => {
      const route = findModelRoute(id, []);
      if (route === undefined) throw new Error("there is no route");
      const [turn, list] = asks[route.api];
      expect(findEndpoint(provider, "POST", route.base + turn)).toBeDefined();
      expect(findEndpoint(provider, "GET", route.base + list)).toBeDefined();
      expect(route.model).toMatch(/^[\w./-]+$/);
    },
  );

  it.each([
    [["GET /v1/models", "POST /v1/messages"], { api: "anthropic-messages", base: "" }],
    [["POST /proxy/v1/messages"], { api: "anthropic-messages", base: "/proxy" }],
    [["POST /v1/chat/completions"], { api: "openai-completions", base: "/v1" }],
    [["POST /v1/chat/completions", "POST /v1/responses"], { api: "openai-responses", base: "/v1" }],
    [["POST /v1beta/models/*:streamGenerateContent"], { api: "google-generative-ai", base: "/v1beta" }],
    [["POST /chat/completions"], { api: "openai-completions", base: "" }],
  ])("finds the format of a custom provider with %j", (endpoints, route) => {
    expect(findModelRoute("corp", [{ id: "corp", endpoints }])).toEqual(route);
  });

  it.each([[["POST /v1/embeddings"]], [["GET /v1/messages"]], [["GET /v1/chat/completions"]], [[]]])(
    "finds no way to a custom provider with %j",
    (endpoints) => {
      expect(findModelRoute("corp", [{ id: "corp", endpoints }])).toBeUndefined();
    },
  );

  it("knows no provider that nobody named", () => {
    expect(findModelRoute("corp", [])).toBeUndefined();
    expect(findModelRoute("toString", [])).toBeUndefined();
  });
});

describe("chooseModels", () => {
  it("takes each provider's own default, in the agent's order", () => {
    const choices = chooseModels(facts(["openai", "anthropic"]));
    expect(choices.map(({ provider, models }) => [provider, models])).toEqual([
      ["openai", ["gpt-5.4"]],
      ["anthropic", ["claude-sonnet-5"]],
    ]);
  });

  it("takes the named models in place of the default", () => {
    const wanted =
      " anthropic/claude-opus-5\tgroq/openai/gpt-oss-20b\nanthropic/claude-haiku-4-5 anthropic/claude-opus-5 ";
    expect(chooseModels(facts(["anthropic", "groq", "xai"]), wanted).map(({ models }) => models)).toEqual([
      ["claude-opus-5", "claude-haiku-4-5"],
      ["openai/gpt-oss-20b"],
      ["grok-4.7"],
    ]);
  });

  it("leaves out a custom provider without a model, and uses it when one is named", () => {
    const customProviders = [{ id: "corp", endpoints: ["POST /v1/chat/completions"] }];
    const both = facts(["anthropic", "corp"], { customProviders });
    expect(chooseModels(both).map(({ provider }) => provider)).toEqual(["anthropic"]);
    expect(chooseModels(both, "corp/llama").map(({ provider }) => provider)).toEqual(["anthropic", "corp"]);
    expect(() => chooseModels(facts(["corp"], { customProviders }))).toThrow(
      "cannot run OpenClaw: no model is known for corp; CLAWS_MODELS can name one",
    );
  });

  it.each([
    ["anthropic", 'cannot use "anthropic" as a model: it must be PROVIDER/MODEL'],
    ["/claude", 'cannot use "/claude" as a model: it must be PROVIDER/MODEL'],
    ["anthropic/${HOME}", 'cannot use "anthropic/${HOME}" as a model: it must be PROVIDER/MODEL'],
    ["openai/gpt-5.4", 'cannot use a model of "openai": it is none of this agent\'s providers'],
    ["anthropic/a ".repeat(33), "cannot use 33 models: 32 are the most"],
  ])("refuses %j", (wanted, message) => {
    expect(() => chooseModels(facts(["anthropic"]), wanted)).toThrow(message);
  });

  it("never gives a choice without a model or for a provider that the agent has not", () => {
    const ids = [...PROVIDERS.map(({ id }) => id), "corp"];
    fc.assert(
      fc.property(fc.subarray(ids, { minLength: 1 }), fc.subarray(ids), (own, named) => {
        const customProviders = [{ id: "corp", endpoints: ["POST /v1/chat/completions"] }];
        const wanted = named.filter((id) => own.includes(id)).map((id) => `${id}/m-1`);
        fc.pre(own.some((id) => id !== "corp") || wanted.length > 0);
        const choices = chooseModels(facts(own, { customProviders }), wanted.join(" "));
        expect(choices.map(({ provider }) => provider)).toEqual(
          own.filter((id) => id !== "corp" || (wanted.length > 0 && wanted.includes("corp/m-1"))),
        );
        for (const { provider, models } of choices) {
          expect(models).toHaveLength(1);
          expect(models[0] === "m-1").toBe(wanted.includes(`${provider}/m-1`));
        }
      }),
    );
  });
});
