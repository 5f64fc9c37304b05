// SPDX-License-Identifier: Apache-2.0
import { type FieldParsers, describe, listOf, oneOf, positiveNumber, readFields, suggest, text } from "./fields.ts";

/** One agent as configured, defaults applied. */
export interface AgentConfiguration {
  readonly name: string;
  /** Numeric ID of a snapshot. */
  readonly image: string;
  readonly region: string;
  readonly size: string;
  readonly runtime: "hello";
  readonly providers: readonly ("anthropic" | "openai")[];
  readonly ttlHours: number | null;
  /** Further DigitalOcean tags. */
  readonly tags: readonly string[];
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

/** What may stand in an agent's entry; without `name`, also in `defaults`. */
type AgentFields = Omit<AgentConfiguration, "nodeTag" | "controlUrl" | "ttlHours"> & { readonly ttlHours: number };

const dnsLabel = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const tenYearsInHours = 87_600;

const defaultParsers: FieldParsers<Omit<AgentFields, "name">> = {
  image: text(/^[1-9]\d{0,18}$/, 'the numeric ID of a snapshot as text, such as "146288445"'),
  region: text(/^[a-z]{3}\d$/, 'a region slug such as "nyc3"'),
  size: text(/^[a-z0-9][a-z0-9.-]+$/, 'a size slug such as "s-1vcpu-1gb"'),
  runtime: oneOf(["hello"]),
  providers: listOf(oneOf(["anthropic", "openai"]), { atLeast: 1 }),
  ttlHours: positiveNumber(tenYearsInHours),
  tags: listOf(text(/^[a-zA-Z0-9:_-]{1,255}$/, 'a DigitalOcean tag (letters, digits, ":", "_" and "-")')),
};
const agentParsers: FieldParsers<AgentFields> = {
  name: text(dnsLabel, 'a DNS label (a lower-case letter, then letters, digits and "-", at most 63)'),
  ...defaultParsers,
};
const settings = {
  tailnetTag: text(/^tag:[a-zA-Z][a-zA-Z0-9-]*$/, 'a tailnet tag such as "tag:agent"'),
  controlUrl: text(/^https:\/\/[a-zA-Z0-9.-]+(:\d{1,5})?\/?$/, "the https URL of a control plane"),
};
const known = ["agents", "defaults", ...Object.keys(settings)];

/** Checks the whole configuration. @throws {ConfigurationError} with every problem. */
export function parseConfiguration(raw: RawConfiguration): readonly AgentConfiguration[] {
  const problems: string[] = [];
  for (const name of Object.keys(raw)) {
    if (!known.includes(name)) problems.push(`${name}: unknown setting${suggest(name, known)}`);
  }
  const shared = {
    nodeTag: readSetting(raw, "tailnetTag", problems) ?? "tag:agent",
    controlUrl: readSetting(raw, "controlUrl", problems) ?? "https://controlplane.tailscale.com",
  };
  const before = problems.length;
  const defaults =
    raw["defaults"] === undefined ? {} : readFields(raw["defaults"], "defaults", { parsers: defaultParsers, problems });
  // A field that is malformed in the defaults is reported there, and not once more as missing in each agent.
  const required = problems.length === before ? (["name", "image"] as const) : (["name"] as const);
  const agents = readAgents(raw["agents"], { defaults, required, problems }).map((agent) => ({ ...agent, ...shared }));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return agents;
}

function readSetting(raw: RawConfiguration, name: keyof typeof settings, problems: string[]): string | undefined {
  if (raw[name] === undefined) return undefined;
  const parsed = settings[name](raw[name]);
  if ("value" in parsed) return parsed.value;
  problems.push(`${name}: ${parsed.problem}`);
  return undefined;
}

interface AgentReading {
  readonly defaults: Partial<AgentFields>;
  readonly required: readonly ("name" | "image")[];
  readonly problems: string[];
}

function readAgents(value: unknown, { defaults, required, problems }: AgentReading) {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    problems.push(`agents: must be a list, not ${describe(value)}`);
    return [];
  }
  const names = new Set<string>();
  return value.map((entry: unknown, index) => {
    const path = `agents[${index}]`;
    const before = problems.length;
    const fields = { ...defaults, ...readFields(entry, path, { parsers: agentParsers, problems }) };
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

function withDefaults(fields: Partial<AgentFields>) {
  const { name = "", image = "", region = "nyc3", size = "s-1vcpu-1gb", runtime = "hello" } = fields;
  const { providers = ["anthropic" as const], ttlHours = null, tags = [] } = fields;
  return { name, image, region, size, runtime, providers, ttlHours, tags };
}
