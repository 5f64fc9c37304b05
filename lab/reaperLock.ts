// SPDX-License-Identifier: Apache-2.0
import type { Server } from "node:net";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Milliseconds. */
const lookAgain = 50;
const patience = 120_000;

/**
 * Runs an action while no other process of this machine runs one under the same name. The lock is a listening socket in the kernel's abstract namespace:
 * taking it is atomic, and it is free the moment its holder is gone, however that ended, so no stale lock can exist.
 * @throws when the lock is not free within two minutes.
 */
export async function withMachineLock<T>(name: string, action: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + patience;
  let lock = await tryLock(name);
  while (lock === null) {
    if (performance.now() > deadline)
      throw new Error(`cannot lock "${name}": another process has held it for two minutes`);
    await sleep(lookAgain);
    lock = await tryLock(name);
  }
  try {
    return await action();
  } finally {
    lock.close();
  }
}

function tryLock(name: string): Promise<Server | null> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(null);
      else reject(new Error(`cannot lock "${name}"`, { cause: error }));
    });
    server.listen(`\0${name}`, () => resolve(server));
  });
}
