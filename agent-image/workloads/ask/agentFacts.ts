// SPDX-License-Identifier: Apache-2.0

/** What a workload wants to know about its agent. */
export interface AgentFacts {
  readonly hostname: string;
  readonly runtime: "hello" | "openclaw";
  /** Provider ids, at least one. */
  readonly providers: readonly string[];
  /** Providers that the owner's configuration adds. */
  readonly customProviders: readonly CustomProvider[];
}

/** What a workload wants to know of a provider that is not built in. */
export interface CustomProvider {
  readonly id: string;
  /** Lines like `POST /v1/chat/completions`. */
  readonly endpoints: readonly string[];
}

/**
 * Reads the file that first boot wrote.
 *
 * @throws Error if it is not what first boot writes.
 */
export function parseAgentFacts(text: string): AgentFacts {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) throw unreadable("it is no object");
  const { hostname, providers, runtime = "hello", customProviders = [] } = value as Readonly<Record<string, unknown>>;
  if (typeof hostname !== "string" || !isTexts(providers) || providers.length === 0)
    throw unreadable("it has no host name or no providers");
  if (runtime !== "hello" && runtime !== "openclaw") throw unreadable(`there is no runtime ${JSON.stringify(runtime)}`);
  if (!Array.isArray(customProviders) || !customProviders.every(isCustomProvider))
    throw unreadable("a custom provider has no ID or no endpoints");
  const customs = customProviders.map(({ id, endpoints }) => ({ id, endpoints }));
  return { hostname, runtime, providers, customProviders: customs };
}

function unreadable(cause: string): Error {
  return new Error(`cannot read agent.json: ${cause}`);
}

function isCustomProvider(value: unknown): value is CustomProvider {
  if (typeof value !== "object" || value === null || !("id" in value) || !("endpoints" in value)) return false;
  return typeof value.id === "string" && isTexts(value.endpoints);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
