// SPDX-License-Identifier: Apache-2.0
import type { Effects } from "../effects.ts";
import { ExitCode, failure } from "../errors.ts";
import { openSession } from "../ssh/openSession.ts";
import type { KnownAgent } from "../stackOutputs.ts";
import { parseJournalEntry, type JournalEntry } from "./journalEntry.ts";
import { journalWords, type JournalQuery } from "./journalQuery.ts";

/** Which agent's journal, how much of it, and in which form. */
export interface LogRequest extends JournalQuery {
  readonly name: string;
  readonly agent: KnownAgent;
  readonly json: boolean;
}

/**
 * Prints the wanted part of an agent's journal, until it ends, somebody interrupts or nobody reads it any more.
 *
 * @throws UserError (exit 1) when the journal cannot be read
 */
export async function showLogs({ name, agent, json, ...query }: LogRequest, effects: Effects): Promise<ExitCode> {
  const { terminal, signal } = effects;
  const onLine = (line: string): void => {
    const entry = parseJournalEntry(line);
    if (entry !== undefined) terminal.print(json ? JSON.stringify(entry) : render(entry));
  };
  const code = await openSession({ name, agent, command: journalWords(query), onLine }, effects);
  if (signal.aborted) return ExitCode.interrupted;
  // Nobody reads on: ssh was ended for that.
  if (terminal.outputLost?.aborted === true) return ExitCode.done;
  if (code !== 0) throw failure(`cannot read the journal of ${name}: ssh ended with code ${code}`);
  return ExitCode.done;
}

function render({ time, source, message }: JournalEntry): string {
  return `${time.toISOString()}  ${source.padEnd(8)}  ${message}`;
}
