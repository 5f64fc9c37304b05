// SPDX-License-Identifier: Apache-2.0
import { createInterface } from "node:readline/promises";
import { Interrupted } from "./errors.ts";
import { printable } from "./printable.ts";

/** Asks on stderr and reads one line from stdin. @throws Interrupted on Ctrl-C or at the end of the input */
export async function ask(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: true });
  const stop = new AbortController();
  lines.once("SIGINT", () => stop.abort());
  lines.once("close", () => stop.abort());
  try {
    return await lines.question(printable(question), { signal: AbortSignal.any([signal, stop.signal]) });
  } catch {
    throw new Interrupted("nothing was changed");
  } finally {
    lines.close();
  }
}
