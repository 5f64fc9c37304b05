// SPDX-License-Identifier: Apache-2.0
import { ExitCode } from "./errors.ts";
import { restrain, takeGlobalOptions } from "./globalOptions.ts";
import { main } from "./main.ts";
import { processEffects } from "./processEffects.ts";
import { quickStreams } from "./quickStreams.ts";
import { complainOfLoss, createTerminal } from "./terminal.ts";

/** Runs the command line of this process: the only place that knows about exit and signals. */
export async function runProcess(): Promise<void> {
  const interrupt = new AbortController();
  const streams = quickStreams(process);
  const terminal = createTerminal(streams, process.env);
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (interrupt.signal.aborted) {
        terminal.complain("left at once: what was under way may be done, or half done", ["claws status"]);
        process.exit(ExitCode.interrupted);
      }
      interrupt.abort();
    });
  }
  const words = process.argv.slice(2);
  // What the effects say on their own account falls under the global options, too.
  const effects = processEffects(restrain(terminal, takeGlobalOptions(words)), interrupt.signal);
  const exitCode = await main(words, { ...effects, terminal });
  await streams.flush();
  process.exitCode = complainOfLoss(terminal) ? exitCode || ExitCode.failed : exitCode;
  // What was left behind may keep timers or sockets open. Where pipes are never written at once, what was said must still go out.
  if (interrupt.signal.aborted || process.platform !== "win32") process.exit();
}
