// SPDX-License-Identifier: Apache-2.0
import type { Server } from "node:http";

/** Stops taking connections, lets requests under way end for so many milliseconds, then cuts what is left. */
export async function drain(servers: readonly Server[], milliseconds: number): Promise<void> {
  const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
  const timer = setTimeout(() => {
    for (const server of servers) server.closeAllConnections();
  }, milliseconds);
  await Promise.all(closed);
  clearTimeout(timer);
}
