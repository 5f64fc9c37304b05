// SPDX-License-Identifier: Apache-2.0
import type { CustomProvider } from "../components/index.ts";
import { type AgentFields, agentParsers, withDefaults } from "./agentFields.ts";
import { customIds, knownProviders, readCustomProviders } from "./customProviders.ts";
import { describe, type FieldParsers, listOf, readFields, suggest, text } from "./fields.ts";

/** One agent as configured, defaults applied. */
export interface AgentConfiguration {
  readonly name: string;
  /** Numeric ID of a snapshot. */
  readonly image: string;
  readonly region: string;
  readonly size: string;
  readonly runtime: "openclaw" | "hello";
  /** IDs of known or custom providers. */
  readonly providers: readonly string[];
  readonly ttlHours: number | null;
  /** Further DigitalOcean tags. */
  readonly tags: readonly string[];
  /** Where else the workload may connect to, as `RANGE:PORT`. */
  readonly egress: readonly string[];
  /** `address:port` of the owner's broker in the tailnet, or null when the droplet holds the keys itself. */
  readonly broker: string | null;
  /** Whether operators may log in by Tailscale SSH; null: yes, unless there are operators' keys. */
  readonly ssh: boolean | null;
  /** Descriptions of those of its providers that are custom. */
  readonly customProviders: readonly CustomProvider[];
  /** Operators' Ed25519 public keys; empty when keys are pushed unsealed. */
  readonly operatorKeys: readonly string[];
  /** Tailnet tag of the node. */
  readonly nodeTag: string;
  readonly controlUrl: string;
}

/** The values under `office-claws:` as they stand in the stack's file, parsed from YAML or JSON but not yet trusted. */
export type RawConfiguration = Readonly<Record<string, unknown>>;

/** Everything that is wrong with the configuration, in one error whose text starts with `configuration:`. */
export class ConfigurationError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(`configuration: ${count}\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

const mostOperators = 8;

const settings = {
  tailnetTag: text(/^tag:[a-zA-Z][a-zA-Z0-9-]*$/, 'a tailnet tag such as "tag:agent"'),
  controlUrl: text(/^https:\/\/[a-zA-Z0-9.-]+(:\d{1,5})?\/?$/, "the https URL of a control plane"),
};
const known = ["agents", "defaults", "operatorKeys", "customProviders", ...Object.keys(settings)];
// 32 bytes leave the last character two bits that must be 0.
const parseOperatorKeys = listOf(
  text(/^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/, "a public key as claws operator show prints it (43 characters)"),
  { atLeast: 1, atMost: mostOperators },
);

/** Checks the whole configuration. @throws {ConfigurationError} with every problem. */
export function parseConfiguration(raw: RawConfiguration): readonly AgentConfiguration[] {
  const problems: string[] = [];
  for (const name of Object.keys(raw)) {
    if (!known.includes(name)) problems.push(`${name}: unknown setting${suggest(name, known)}`);
  }
  const shared = {
    operatorKeys: readOperatorKeys(raw["operatorKeys"], problems),
    nodeTag: readSetting(raw, "tailnetTag", problems) ?? "tag:agent",
    controlUrl: readSetting(raw, "controlUrl", problems) ?? "https://controlplane.tailscale.com",
  };
  const customProviders = readCustomProviders(raw["customProviders"], problems);
  const { name, ...parsers } = agentParsers([...knownProviders, ...customIds(raw["customProviders"])]);
  const before = problems.length;
  const defaults = raw["defaults"] === undefined ? {} : readFields(raw["defaults"], "defaults", { parsers, problems });
  // A field that is malformed in the defaults is reported there, and not once more as missing in each agent.
  const required = problems.length === before ? (["name", "image"] as const) : (["name"] as const);
  const reading = { parsers: { name, ...parsers }, defaults, required, problems };
  const agents = readAgents(raw["agents"], reading).map((agent) => ({
    ...agent,
    ...shared,
    customProviders: customProviders.filter(({ id }) => agent.providers.includes(id)),
  }));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return agents;
}

function readOperatorKeys(value: unknown, problems: string[]): readonly string[] {
  if (value === undefined) return [];
  const parsed = parseOperatorKeys(value);
  if ("value" in parsed) return parsed.value;
  problems.push(`operatorKeys: ${parsed.problem}`);
  return [];
}

function readSetting(raw: RawConfiguration, name: keyof typeof settings, problems: string[]): string | undefined {
  if (raw[name] === undefined) return undefined;
  const parsed = settings[name](raw[name]);
  if ("value" in parsed) return parsed.value;
  problems.push(`${name}: ${parsed.problem}`);
  return undefined;
}

interface AgentReading {
  readonly parsers: FieldParsers<AgentFields>;
  readonly defaults: Partial<AgentFields>;
  readonly required: readonly ("name" | "image")[];
  readonly problems: string[];
}

function readAgents(value: unknown, { parsers, defaults, required, problems }: AgentReading) {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    problems.push(`agents: must be a list, not ${describe(value)}`);
    return [];
  }
  const names = new Set<string>();
  return value.map((entry: unknown, index) => {
    const path = `agents[${index}]`;
    const before = problems.length;
    const fields = { ...defaults, ...readFields(entry, path, { parsers, problems }) };
    const agent = withDefaults(fields);
    if (problems.length === before) problems.push(...missingFields(fields, required, path));
    if (names.has(agent.name)) problems.push(`${path}.name: "${agent.name}" is another agent's name already`);
    if (fields.name !== undefined) names.add(fields.name);
    return agent;
  });
}

function missingFields(fields: Partial<AgentFields>, required: readonly (keyof AgentFields)[], path: string): string[] {
  return required.filter((name) => fields[name] === undefined).map((name) => `${path}.${name}: is required`);
}
