// SPDX-License-Identifier: Apache-2.0

/** A resource as the engine names it, and what the engine does with it. */
export interface EngineStep {
  readonly urn: string;
  readonly type: string;
  readonly parent?: string;
  /** @default "create" */
  readonly operation?: string;
}

const PHASES = { start: "resourcePreEvent", done: "resOutputsEvent", failed: "resOpFailedEvent" } as const;

/** An event of the engine about a resource. */
export function engineEvent(
  phase: keyof typeof PHASES,
  { urn, type, parent = "", operation = "create" }: EngineStep,
): Record<string, unknown> {
  return { [PHASES[phase]]: { metadata: { urn, type, op: operation, new: { parent } } } };
}

/** A resource of an agent's droplet. */
export function resourceOf(agent: string, type: string): EngineStep {
  return {
    urn: `urn:pulumi:dev::office-claws::office-claws:index:Agent$office-claws:index:HardenedDroplet$${type}::${agent}`,
    type,
    parent: hardenedOf(agent).urn,
  };
}

/** The component of an agent. */
export function agentOf(agent: string): EngineStep {
  const type = "office-claws:index:Agent";
  return { urn: `urn:pulumi:dev::office-claws::${type}::${agent}`, type };
}

function hardenedOf(agent: string): EngineStep {
  const type = "office-claws:index:HardenedDroplet";
  const urn = `urn:pulumi:dev::office-claws::office-claws:index:Agent$${type}::${agent}`;
  return { urn, type, parent: agentOf(agent).urn };
}

export const AGENT = agentOf("a1");
export const HARDENED = hardenedOf("a1");
export const DROPLET = resourceOf("a1", "digitalocean:index/droplet:Droplet");
export const TAG = resourceOf("a1", "digitalocean:index/tag:Tag");
