// SPDX-License-Identifier: Apache-2.0
import * as pulumi from "@pulumi/pulumi";

import { type AgentConfiguration, ConfigurationError, parseConfiguration } from "./configuration.ts";

/**
 * Reads and checks the stack's whole configuration. The only place that reads `pulumi.Config`.
 * @throws {pulumi.RunError} with every problem, so that the engine prints the text without a stack trace.
 */
export function readConfiguration(): readonly AgentConfiguration[] {
  try {
    return parseConfiguration(rawConfiguration(pulumi.getProject(), pulumi.runtime.allConfig()));
  } catch (error) {
    if (error instanceof ConfigurationError) throw new pulumi.RunError(error.message);
    throw error;
  }
}

/** The settings of one namespace. The engine hands lists and maps over as JSON, and everything else as text. */
export function rawConfiguration(
  namespace: string,
  all: Readonly<Record<string, string>>,
): Readonly<Record<string, unknown>> {
  const prefix = `${namespace}:`;
  const ours = Object.entries(all).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(ours.map(([key, value]) => [key.slice(prefix.length), parseStructured(value)]));
}

function parseStructured(value: string): unknown {
  if (!/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    // A text that only looks like a list: the parser of its field says what was wanted instead.
    return value;
  }
}
