// SPDX-License-Identifier: Apache-2.0

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs the action at the first signal that would end this process and then lets the signal take its course, unless somebody else handles it too. A second
 * signal ends the process at once.
 * @returns a function that takes the handlers off again.
 */
export function stopOnSignals(stop: () => Promise<void>): () => void {
  const forget = (): void => {
    for (const signal of signals) process.off(signal, handle);
  };
  const handle = (signal: NodeJS.Signals): void => {
    forget();
    const goOn = (): void => {
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    };
    // What could not be removed is left to the next start.
    stop().then(goOn, goOn);
  };
  for (const signal of signals) process.on(signal, handle);
  return forget;
}
