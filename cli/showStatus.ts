// SPDX-License-Identifier: Apache-2.0
import type { Effects } from "./effects.ts";
import { ExitCode, Interrupted } from "./errors.ts";
import type { Selection } from "./selection.ts";

/** Asks for everything once and prints it. @throws Interrupted at the first Ctrl-C */
export async function showStatus(selection: Selection, json: boolean, effects: Effects): Promise<ExitCode> {
  const { terminal, signal, now } = effects;
  const look = async (): Promise<void> => {
    // Whoever waits has been told what for: only then is loaded what asks.
    const [{ fetchAgentStatus, fetchSources }, { reportStatus }] = await Promise.all([
      import("./agentStatus.ts"),
      import("./statusReport.ts"),
    ]);
    const sources = await fetchSources(await selection.stack(), selection.agentsOf, effects);
    reportStatus(await fetchAgentStatus(sources, effects), { terminal, now: now(), json });
  };
  await Promise.race([look(), interruption(signal)]);
  return ExitCode.done;
}

async function interruption(signal: AbortSignal): Promise<never> {
  return await new Promise((_, reject) => {
    const leave = (): void => reject(new Interrupted("the command was left; it changes nothing"));
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
  });
}
