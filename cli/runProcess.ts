// SPDX-License-Identifier: Apache-2.0
import { ExitCode } from "./errors.ts";
import { main } from "./main.ts";
import { processEffects } from "./processEffects.ts";
import { quickStreams } from "./quickStreams.ts";
import { createTerminal } from "./terminal.ts";

/** Runs the command line of this process: the only place that knows about exit and signals. */
export async function runProcess(): Promise<void> {
  const interrupt = new AbortController();
  const terminal = createTerminal(quickStreams(process), process.env);
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (interrupt.signal.aborted) process.exit(ExitCode.interrupted);
      interrupt.abort();
    });
  }
  process.exitCode = await main(process.argv.slice(2), processEffects(terminal, interrupt.signal));
  // What was left behind may keep timers or sockets open. Where pipes are not written at once, what was said must still go out.
  if (interrupt.signal.aborted || process.platform !== "win32") process.exit();
}
