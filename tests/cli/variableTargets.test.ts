// SPDX-License-Identifier: Apache-2.0
import { PROVIDERS } from "../../broker/providerTable.ts";
import { CREDENTIAL_NAMES } from "../../cli/credentials.ts";
import { knownTargets, withMappings } from "../../cli/variableTargets.ts";

describe("the names that an import knows", () => {
  const targets = knownTargets(PROVIDERS);

  it("are the providers' own, those of one provider's clients, and the cloud credentials", () => {
    const keys = [...targets].flatMap(([name, target]) => ("provider" in target ? [[name, target.provider]] : []));
    expect(Object.fromEntries(keys)).toEqual({
      ANTHROPIC_API_KEY: "anthropic",
      ANTHROPIC_AUTH_TOKEN: "anthropic",
      OPENAI_API_KEY: "openai",
      GEMINI_API_KEY: "gemini",
      OPENROUTER_API_KEY: "openrouter",
      XAI_API_KEY: "xai",
      GROQ_API_KEY: "groq",
      DEEPSEEK_API_KEY: "deepseek",
      MISTRAL_API_KEY: "mistral",
    });
    const credentials = [...targets].flatMap(([name, target]) =>
      "credential" in target ? [[name, target.credential]] : [],
    );
    expect(credentials).toEqual(CREDENTIAL_NAMES.map((name) => [name, name]));
  });

  it("can be told more, and otherwise", () => {
    const told = withMappings(targets, ["GOOGLE_API_KEY=gemini", "OPENAI_API_KEY=my-proxy", "DO=DIGITALOCEAN_TOKEN"]);
    expect(told.get("GOOGLE_API_KEY")).toEqual({ provider: "gemini" });
    expect(told.get("OPENAI_API_KEY")).toEqual({ provider: "my-proxy" });
    expect(told.get("DO")).toEqual({ credential: "DIGITALOCEAN_TOKEN" });
    expect(told.get("ANTHROPIC_API_KEY")).toEqual({ provider: "anthropic" });
    expect(targets.get("OPENAI_API_KEY")).toEqual({ provider: "openai" });
  });

  it.each(["X", "X=", "=openai", "X=Not A Provider", "X=DIGITALOCEAN", "1X=openai", "X=sk-canary_9"])(
    "refuse the mapping %j without showing it",
    (mapping) => {
      expect(() => withMappings(targets, [mapping])).toThrow(
        /^--map must be VARIABLE=PROVIDER or VARIABLE=CREDENTIAL$/,
      );
    },
  );
});
