// SPDX-License-Identifier: Apache-2.0
import { readAgentName } from "../protocol/names.ts";
import { ParseError } from "../protocol/parseError.ts";
import { readList, readObject } from "../protocol/shape.ts";
import { readCache, writeCache } from "./cacheFile.ts";
import type { Environment } from "./environment.ts";
import type { Stack, StackReference } from "./stackTypes.ts";

const readNames = readObject<{ agents: readonly string[] }>({ agents: readList(readAgentName, 1000) });

/** Keeps the names of a stack's agents for the shell's completion. */
async function rememberAgents(
  environment: Environment,
  stack: StackReference,
  agents: readonly string[],
): Promise<void> {
  await writeCache(environment, { kind: "agents", of: [stack.root, stack.name] }, { agents });
}

/** The stack, whose outputs are remembered whenever a command reads them. */
export function remembering(stack: Stack, reference: StackReference, environment: Environment): Stack {
  return {
    ...stack,
    outputs: async () => {
      const agents = await stack.outputs();
      await rememberAgents(environment, reference, [...agents.keys()]);
      return agents;
    },
  };
}

/** The names that a command has read last. What is in the cache goes to a shell, so it must consist of nothing but names. */
export function recallAgents(environment: Environment, stack: StackReference): readonly string[] {
  try {
    return readNames(readCache(environment, { kind: "agents", of: [stack.root, stack.name] }), "").agents;
  } catch (error) {
    if (error instanceof ParseError) return [];
    throw error;
  }
}
