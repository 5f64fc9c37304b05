// SPDX-License-Identifier: Apache-2.0
import type { ModelChoice } from "./modelChoice.ts";
import type { ModelApi } from "./modelRoute.ts";

/** TCP port of OpenClaw's gateway, on 127.0.0.1. The packet filter lets the agent's own user reach 18790 to 18799. */
export const GATEWAY_PORT = 18_790;

/** Variables that carry the two secrets into OpenClaw; its configuration names them and holds neither. */
export const AGENT_TOKEN_VARIABLE = "CLAWS_AGENT_TOKEN";
export const GATEWAY_TOKEN_VARIABLE = "CLAWS_GATEWAY_TOKEN";

/** What OpenClaw's configuration is made of. */
export interface ConfigurationParts {
  /** At least one; the first is asked unless a question names another. */
  readonly choices: readonly ModelChoice[];
  /** Origin of the broker, without a slash at its end. */
  readonly broker: string;
  /** Folder in which the agent works. */
  readonly workspace: string;
}

/** Renders `openclaw.json`. */
export function renderConfiguration({ choices, broker, workspace }: ConfigurationParts): object {
  const providers = choices.map((choice) => [providerName(choice.provider), renderProvider(choice, broker)] as const);
  return {
    gateway: {
      mode: "local",
      bind: "loopback",
      port: GATEWAY_PORT,
      auth: { mode: "token", token: reference(GATEWAY_TOKEN_VARIABLE) },
      controlUi: { enabled: false },
      http: { endpoints: { chatCompletions: { enabled: true } } },
    },
    discovery: { mdns: { mode: "off" } },
    update: { checkOnStart: false },
    telemetry: { enabled: false },
    // Plugins for devices, browsers and other vendors' models cost memory and reach hosts that the packet filter refuses.
    plugins: { allow: ["memory-core"] },
    models: { mode: "replace", catalogRefresh: { enabled: false }, providers: Object.fromEntries<object>(providers) },
    agents: {
      defaults: {
        model: { primary: choices.map(modelName)[0], fallbacks: [] },
        // No model turn that nobody asked for: each one costs the owner money.
        utilityModel: "",
        heartbeat: { every: "0m" },
        workspace,
      },
    },
  };
}

/** How OpenClaw calls the model that is asked at a provider. */
export function modelName({ provider, models }: ModelChoice): string {
  return `${providerName(provider)}/${models[0] ?? ""}`;
}

/** Not the provider's own name: OpenClaw's built-in providers have addresses and models of their own. */
function providerName(provider: string): string {
  return `claws-${provider}`;
}

function renderProvider({ provider, route, models }: ModelChoice, broker: string): object {
  const { api, base } = route;
  const inventory = models.map((id) => ({ id, name: id, input: ["text"], contextWindow: 128_000, maxTokens: 8192 }));
  return { baseUrl: `${broker}/${provider}${base}`, api, ...renderCredential(api), models: inventory };
}

/**
 * The placeholder, in the header that the provider's own clients use. Not as `apiKey` where that can be helped: OpenClaw stops using
 * such a key for minutes after a 401, and here a new key comes under the same placeholder.
 */
function renderCredential(api: ModelApi): object {
  const token = reference(AGENT_TOKEN_VARIABLE);
  const header = (headerName: string): object => ({ request: { auth: { mode: "header", headerName, value: token } } });
  if (api === "anthropic-messages") return header("x-api-key");
  if (api === "google-generative-ai") return header("x-goog-api-key");
  if (api === "openai-responses") return { request: { auth: { mode: "authorization-bearer", token } } };
  return { apiKey: token };
}

function reference(variable: string): string {
  return `\${${variable}}`;
}
