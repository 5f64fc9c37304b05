// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { findSocketOwner } from "./socketTable.ts";

/** Tells the user ID of the process at the other end of a connection on this machine; undefined when it cannot be told. */
export type FindPeerUser = (socket: Socket) => Promise<number | undefined>;

// Not `/proc/net`, which a unit with `ProcSubset=pid` does not have.
const TABLES: readonly string[] = ["/proc/self/net/tcp", "/proc/self/net/tcp6"];

/** Makes a look-up that asks the kernel's tables of TCP sockets. Node cannot ask a socket for its peer's user itself. */
export function createPeerUserLookup(readTable: (path: string) => Promise<string> = readText): FindPeerUser {
  const tables = TABLES.map((path) => shareReads(() => readTable(path).catch(() => "")));
  return async ({ remoteAddress = "", remotePort = 0, localAddress = "", localPort = 0 }) => {
    const pair = {
      local: { address: remoteAddress, port: remotePort },
      remote: { address: localAddress, port: localPort },
    };
    for (const read of tables) {
      const owner = findSocketOwner(await read(), pair);
      if (owner !== undefined) return owner;
    }
    return undefined;
  };
}

/**
 * Lets all who ask at once have one reading, which begins after they asked: a table of thousands of sockets is long, and a workload may
 * open hundreds of connections together.
 */
function shareReads(read: () => Promise<string>): () => Promise<string> {
  let running: Promise<unknown> = Promise.resolve();
  let waiting: Promise<string> | undefined;
  return () => {
    waiting ??= running.then(() => {
      waiting = undefined;
      const reading = read();
      running = reading;
      return reading;
    });
    return waiting;
  };
}

function readText(path: string): Promise<string> {
  return readFile(path, "latin1");
}
