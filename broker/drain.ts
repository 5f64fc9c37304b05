// SPDX-License-Identifier: Apache-2.0
import type { Server } from "node:http";

const LOOK_MILLISECONDS = 50;

/** Stops taking connections, lets requests under way end for so many milliseconds, then cuts what is left. */
export async function drain(servers: readonly Server[], milliseconds: number): Promise<void> {
  const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
  // A connection that is kept alive stays open after its last answer, and `close` only ends those that are idle when it is called.
  const looking = setInterval(() => servers.forEach((server) => server.closeIdleConnections()), LOOK_MILLISECONDS);
  const timer = setTimeout(() => servers.forEach((server) => server.closeAllConnections()), milliseconds);
  await Promise.all(closed);
  clearInterval(looking);
  clearTimeout(timer);
}
