// SPDX-License-Identifier: Apache-2.0
import { readCustomProviders, type CustomProvider } from "../protocol/customProvider.ts";
import { ParseError } from "../protocol/parseError.ts";
import { readAgentName } from "../protocol/names.ts";
import { nullOr, optional, readList, readObject, readText, readWhole, type Reader } from "../protocol/shape.ts";
import { failure } from "./errors.ts";
import type { AgentOutputs } from "../stacks/outputs.ts";

/** What the commands use of an agent's outputs. */
export type KnownAgent = Pick<
  AgentOutputs,
  | "dropletId"
  | "publicAddress"
  | "nodeId"
  | "nodeName"
  | "nodeTag"
  | "tag"
  | "firewallId"
  | "vpcId"
  | "authKeyId"
  | "imageId"
  | "region"
  | "size"
  | "runtime"
  | "providers"
  | "operatorKeys"
  | "broker"
> & {
  readonly customProviders: readonly CustomProvider[];
  /** RFC 3339, or null when the stack does not tell. */
  readonly createdAt: string | null;
  /** Hours after which its owner wants it gone, or null. */
  readonly ttlHours: number | null;
};

/** The agents of a stack, by name. */
export type KnownAgents = ReadonlyMap<string, KnownAgent>;

const word = readText(300);
const readAgent = readObject<KnownAgent>(
  {
    dropletId: word,
    publicAddress: word,
    nodeId: word,
    nodeName: word,
    nodeTag: word,
    tag: word,
    firewallId: word,
    vpcId: word,
    authKeyId: word,
    imageId: word,
    region: word,
    size: word,
    runtime: word,
    providers: readList(word, 100),
    // A stack that an earlier release has updated last does not have these.
    operatorKeys: orElse(readList(word, 100), []),
    broker: orElse(nullOr(word), null),
    customProviders: orElse(readCustomProviders, []),
    createdAt: orElse(nullOr(word), null),
    ttlHours: orElse(nullOr(readWhole(1)), null),
  },
  { others: "ignore" },
);

function orElse<T>(reader: Reader<T>, missing: T): Reader<T> {
  return (value, path) => optional(reader)(value, path) ?? missing;
}

/**
 * Reads the outputs that the program in stacks/ exports. A stack without outputs has no agents.
 *
 * @throws UserError (exit 1) when they do not have the expected form: another program, or an interrupted update.
 */
export function parseStackOutputs(outputs: unknown): KnownAgents {
  try {
    const agents: unknown =
      typeof outputs === "object" && outputs !== null && "agents" in outputs ? outputs.agents : {};
    if (typeof agents !== "object" || agents === null) throw new ParseError("agents", "must be an object");
    return new Map(
      Object.entries(agents).map(([name, agent]) => [
        readAgentName(name, "agents"),
        readAgent(agent, `agents.${name}`),
      ]),
    );
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw failure(`cannot read the stack's outputs: ${error.message}`, "finish the update first: claws up");
  }
}
