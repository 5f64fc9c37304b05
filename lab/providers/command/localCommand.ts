// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import type { ResourceSchema } from "../bridge/resourceSchema.ts";
import { asText, isList, isMap, type PropertyMap, type PropertyValue } from "../engine/propertyValue.ts";
import type { Operation, ResourceState } from "../engine/resourceProvider.ts";
import { type CommandOutput, runCommand } from "./runCommand.ts";

/** Inputs and outputs of a local command. `triggers` may hold anything, so its shape is checked apart. */
export const LOCAL_COMMAND_SCHEMA: ResourceSchema = {
  create: { shape: "string" },
  update: { shape: "string" },
  delete: { shape: "string" },
  dir: { shape: "string" },
  stdin: { shape: "string" },
  interpreter: { shape: { set: "string" } },
  addPreviousOutputInEnv: { shape: "boolean", default: true },
  logging: { shape: "string", refuse: refuseLogging },
  stdout: { shape: "string", outputOnly: true },
  stderr: { shape: "string", outputOnly: true },
};

const LOGGINGS = ["stdout", "stderr", "stdoutAndStderr", "none"];
const DEFAULT_INTERPRETER = ["/bin/sh", "-c"];
const NO_OUTPUT: CommandOutput = { stdout: "", stderr: "" };

/** Runs `create` and returns a new random ID and the outputs. */
export async function createCommand(operation: Operation, inputs: PropertyMap): Promise<ResourceState> {
  const output = await runInput(operation, inputs["create"], inputs, NO_OUTPUT);
  return { id: newId(operation.name), outputs: { ...inputs, ...output } };
}

/** Runs `update`, or `create` when there is none, with what the last run wrote in its environment. */
export async function updateCommand(
  operation: Operation,
  outputs: PropertyMap,
  inputs: PropertyMap,
): Promise<PropertyMap> {
  const output = await runInput(operation, inputs["update"] ?? inputs["create"], inputs, outputOf(outputs));
  return { ...inputs, ...output };
}

/** Runs the `delete` of the kept state, with the directory, environment and standard input of that state. */
export async function deleteCommand(operation: Operation, outputs: PropertyMap): Promise<void> {
  await runInput(operation, outputs["delete"], outputs, outputOf(outputs));
}

/** Returns an ID in the form of the official provider: the resource's name and eight hexadecimal digits. */
export function newId(name: string): string {
  return `${name}${randomBytes(4).toString("hex")}`;
}

async function runInput(
  { signal, log }: Operation,
  command: PropertyValue | undefined,
  inputs: PropertyMap,
  previous: CommandOutput,
): Promise<CommandOutput> {
  if (typeof command !== "string") return previous;
  const { interpreter, dir, stdin, logging = "stdoutAndStderr" } = inputs;
  const words = isList(interpreter) && interpreter.length > 0 ? interpreter.map(asText) : DEFAULT_INTERPRETER;
  return await runCommand({
    interpreter: words,
    command,
    directory: typeof dir === "string" ? dir : process.cwd(),
    environment: { ...process.env, ...environmentOf(inputs), ...previousEnvironment(inputs, previous) },
    stdin: typeof stdin === "string" ? stdin : "",
    signal,
    logging: {
      stdout: logging === "stdout" || logging === "stdoutAndStderr",
      stderr: logging === "stderr" || logging === "stdoutAndStderr",
    },
    log,
  });
}

function environmentOf({ environment }: PropertyMap): Readonly<Record<string, string>> {
  if (!isMap(environment)) return {};
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, asText(value)]));
}

function previousEnvironment({ addPreviousOutputInEnv }: PropertyMap, { stdout, stderr }: CommandOutput) {
  if (addPreviousOutputInEnv === false) return {};
  return {
    ...(stdout === "" ? {} : { PULUMI_COMMAND_STDOUT: stdout }),
    ...(stderr === "" ? {} : { PULUMI_COMMAND_STDERR: stderr }),
  };
}

function outputOf({ stdout, stderr }: PropertyMap): CommandOutput {
  return { stdout: typeof stdout === "string" ? stdout : "", stderr: typeof stderr === "string" ? stderr : "" };
}

function refuseLogging(value: PropertyValue): string | undefined {
  return LOGGINGS.includes(asText(value))
    ? undefined
    : `expected one of ${LOGGINGS.join(", ")}, got "${asText(value)}"`;
}
