// SPDX-License-Identifier: Apache-2.0
import { ParseError } from "../protocol/parseError.ts";
import { readAgentName, readProviderId } from "../protocol/names.ts";
import { readText, type Reader } from "../protocol/shape.ts";
import { UserError } from "./errors.ts";

/** What a new stack's file says. */
export interface NewStack {
  readonly agents: readonly string[];
  readonly providers: readonly string[];
  /** Undefined leaves a place to fill in. */
  readonly image: string | undefined;
  readonly region: string;
  readonly runtime: string;
  /** Public half of the operator key; undefined when there is no vault. */
  readonly operatorKey: string | undefined;
}

const readImage = readText(19, /^[1-9]\d*$/, "the numeric ID of a snapshot: claws image list");
const readRegion = readText(5, /^[a-z]{3}\d$/, 'a region such as "nyc3"');
const readRuntime = readText(10, /^(?:openclaw|hello)$/, "openclaw or hello");

/** Checks what came from the command line by the rules of the stack's file. @throws UserError that names the option */
export function checkNewStack({ agents, providers, image, region, runtime }: Omit<NewStack, "operatorKey">): void {
  check("--region", readRegion, region);
  check("--runtime", readRuntime, runtime);
  if (image !== undefined) check("--image", readImage, image);
  for (const agent of agents) check("--agent", readAgentName, agent);
  for (const provider of providers) check("--provider", readProviderId, provider);
  const twice = agents.find((agent, index) => agents.indexOf(agent) !== index);
  if (twice !== undefined) throw new UserError(`--agent "${twice}" is given more than once`);
}

/** The text of a file Pulumi.<stack>.yaml. JSON is YAML, so values are quoted by JSON. */
export function renderNewStack({ agents, providers, image, region, runtime, operatorKey }: NewStack): string {
  const key = JSON.stringify([operatorKey ?? "..."]);
  return [
    "# What else can be said of an agent is in Pulumi.example.yaml.",
    "config:",
    "  # Public half of the key that seals what is pushed: claws operator show",
    `  ${operatorKey === undefined ? "# " : ""}office-claws:operatorKeys: ${key}`,
    "  office-claws:defaults:",
    "    # Numeric ID of the snapshot that the agents boot from: claws image list",
    `    image: ${JSON.stringify(image ?? IMAGE_TO_FILL_IN)}`,
    `    region: ${region}`,
    `    runtime: ${runtime}`,
    "  office-claws:agents:",
    ...agents.flatMap((agent) => [
      `    - name: ${JSON.stringify(agent)}`,
      `      providers: ${JSON.stringify(providers)}`,
    ]),
    "",
  ].join("\n");
}

/** No ID, so that an update says what is missing. */
const IMAGE_TO_FILL_IN = "FILL-IN";

function check(option: string, reader: Reader<string>, value: string): void {
  try {
    reader(value, option);
  } catch (error) {
    if (error instanceof ParseError) throw new UserError(error.message, ["claws init --help"]);
    throw error;
  }
}
