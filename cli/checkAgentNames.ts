// SPDX-License-Identifier: Apache-2.0
import { readAgentName } from "../protocol/names.ts";
import { ParseError } from "../protocol/parseError.ts";
import type { Command, Values } from "./command.ts";
import { UserError } from "./errors.ts";

/**
 * Refuses what cannot be an agent's name, as an option or as an argument, before a command sees it.
 *
 * @throws UserError (exit 2) with the rule; what was given is not shown, since it may be a key.
 */
export function checkAgentNames({ argument }: Command, { agent }: Values): void {
  const names: readonly unknown[] = Array.isArray(agent) ? agent : [agent];
  const place = argument?.name === "agent" ? "AGENT" : "--agent";
  for (const name of names) {
    try {
      readAgentName(name, place);
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      throw new UserError(`${place} ${error.message.replace(/^cannot read "[^"]*": it /, "")}`);
    }
  }
}
