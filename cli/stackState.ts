// SPDX-License-Identifier: Apache-2.0
import { nameIn } from "./engineEvent.ts";
import { failure } from "./errors.ts";

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

/** Whether the URN is one of the command that makes an enrolment secret, as opposed to the one that waits for a node. */
export function isEnrolmentStep(urn: string): boolean {
  return (urn.split("::")[2] ?? "").endsWith("office-claws:index:EnrolmentSecret$command:local:Command");
}

/** Marks a secret in the state. */
const SECRET_MARK = "4dabf18193072939515e22adb298388d";
const SECRET_VALUE = "1b47061264138c4ac30d75fd1eb44270";

/** Versions of the exported form whose resources look as here. */
const KNOWN_VERSIONS: readonly unknown[] = [3, 4];

/** The resources of an exported stack, those whose deletion is pending too. @throws UserError (exit 1) when it has no known form */
export function readStackState(exported: unknown): readonly StateResource[] {
  return toResources(rawState(exported).resources);
}

/**
 * The same with the resources of operations that were cut short: they may exist, and the state cannot say. One that was being made
 * has no ID. @throws UserError (exit 1) when it has no known form
 */
export function readStackStateWithPending(exported: unknown): readonly StateResource[] {
  const { resources, pending } = rawState(exported);
  const known = new Set(resources.map(({ urn, id }) => `${asText(urn)} ${asText(id)}`));
  const all = [...resources, ...pending.filter(({ urn, id }) => !known.has(`${asText(urn)} ${asText(id)}`))];
  return toResources(all);
}

type RawResource = Readonly<Record<string, unknown>>;

function rawState(exported: unknown): {
  readonly resources: readonly RawResource[];
  readonly pending: readonly RawResource[];
} {
  const { version, deployment } = asObject(exported);
  if (!KNOWN_VERSIONS.includes(version)) unknownForm(`it has version ${asPlain(version)}`);
  if (typeof deployment !== "object" || deployment === null || Array.isArray(deployment))
    unknownForm('it has no "deployment"');
  const state = asObject(deployment);
  return {
    resources: listIn(state, "resources").map((one) => knownResource(one, "resources")),
    pending: listIn(state, "pending_operations").map((one) =>
      knownResource(asObject(one)["resource"], "pending_operations"),
    ),
  };
}

/** The engine leaves out empty lists. */
function listIn(state: RawResource, member: string): readonly unknown[] {
  const list = state[member] ?? [];
  return Array.isArray(list) ? list : unknownForm(`"${member}" is no list`);
}

function knownResource(value: unknown, member: string): RawResource {
  const resource = asObject(value);
  if (asText(resource["urn"]) === "" || asText(resource["type"]) === "")
    unknownForm(`a member of "${member}" has no URN or type`);
  return resource;
}

function unknownForm(cause: string): never {
  throw failure(
    `cannot read the stack's exported state: ${cause}`,
    "nothing was checked: use the release of Pulumi that the README names",
  );
}

function asPlain(version: unknown): string {
  return typeof version === "number" ? String(version) : "unknown";
}

function toResources(raw: readonly RawResource[]): readonly StateResource[] {
  const parents = new Map(raw.map((resource) => [asText(resource["urn"]), asText(resource["parent"])]));
  return raw.map((resource) => ({
    urn: asText(resource["urn"]),
    type: asText(resource["type"]),
    id: asText(resource["id"]),
    inputs: asObject(resource["inputs"]),
    outputs: asObject(resource["outputs"]),
    dependencies: asList(resource["dependencies"]).map(asText),
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
