// SPDX-License-Identifier: Apache-2.0
import { nameIn } from "./engineEvent.ts";

/** A resource in a stack's exported state; secrets in it are still encrypted. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  /** The provider's ID; empty for components. */
  readonly id: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  /** URNs. */
  readonly dependencies: readonly string[];
  /** Name of the Agent component that it belongs to; empty when there is none. */
  readonly agent: string;
}

/** Resource types that the commands look for. */
export const ResourceType = {
  agent: "office-claws:index:Agent",
  droplet: "digitalocean:index/droplet:Droplet",
  firewall: "digitalocean:index/firewall:Firewall",
  vpc: "digitalocean:index/vpc:Vpc",
  tag: "digitalocean:index/tag:Tag",
  authKey: "tailscale:index/tailnetKey:TailnetKey",
  command: "command:local:Command",
} as const;

/** Marks a secret in the state. */
const SECRET_MARK = "4dabf18193072939515e22adb298388d";
const SECRET_VALUE = "1b47061264138c4ac30d75fd1eb44270";

/** The resources of an exported stack, those whose deletion is pending too; none when it has no known form. */
export function readStackState(exported: unknown): readonly StateResource[] {
  const resources = asObject(asObject(exported)["deployment"])["resources"];
  if (!Array.isArray(resources)) return [];
  const raw = resources.map(asObject);
  const parents = new Map(raw.map((resource) => [asText(resource["urn"]), asText(resource["parent"])]));
  return raw.map((resource) => ({
    urn: asText(resource["urn"]),
    type: asText(resource["type"]),
    id: asText(resource["id"]),
    inputs: asObject(resource["inputs"]),
    outputs: asObject(resource["outputs"]),
    dependencies: Array.isArray(resource["dependencies"]) ? resource["dependencies"].map(asText) : [],
    agent: agentOf(asText(resource["urn"]), parents),
  }));
}

/** Whether a value of the state is encrypted. */
export function isEncrypted(value: unknown): boolean {
  return asObject(value)[SECRET_MARK] === SECRET_VALUE;
}

/** The value as an object without surprises; empty when it is none. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** The value as text; empty when it is none. */
export function asText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The value as a list; empty when it is none. */
export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function agentOf(urn: string, parents: ReadonlyMap<string, string>): string {
  for (let at = urn; at !== ""; at = parents.get(at) ?? "") {
    if (at.split("::")[2]?.split("$").at(-1) === ResourceType.agent) return nameIn(at);
  }
  return "";
}
