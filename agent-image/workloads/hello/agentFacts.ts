// SPDX-License-Identifier: Apache-2.0

/** What the workload wants to know about its agent. */
export interface AgentFacts {
  readonly hostname: string;
  /** Provider ids, at least one. */
  readonly providers: readonly string[];
}

/**
 * Reads the file that first boot wrote.
 *
 * @throws Error if it is not what first boot writes.
 */
export function parseAgentFacts(text: string): AgentFacts {
  const value: unknown = JSON.parse(text);
  if (typeof value === "object" && value !== null && "hostname" in value && "providers" in value) {
    const { hostname, providers } = value;
    if (typeof hostname === "string" && isTexts(providers) && providers.length > 0) return { hostname, providers };
  }
  throw new Error("cannot read agent.json: it has no host name or no providers");
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
