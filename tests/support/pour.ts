// SPDX-License-Identifier: Apache-2.0
import type { ServerResponse } from "node:http";

/** Sends so many copies of the chunk, as fast as they are taken; tells how many have been handed to the connection. */
export function pour(response: ServerResponse, chunk: Buffer, count: number): () => number {
  let sent = 0;
  const push = (): void => {
    while (sent < count) {
      sent += 1;
      if (!response.write(chunk)) {
        response.once("drain", push);
        return;
      }
    }
    response.end();
  };
  push();
  return () => sent;
}

/** Resolves with what was poured once it has come to a stop: two looks in a row find the same count. */
export async function stalled(sent: () => number): Promise<number> {
  let before = -1;
  while (before !== sent()) {
    before = sent();
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
  return before;
}
