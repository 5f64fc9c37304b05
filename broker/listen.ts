// SPDX-License-Identifier: Apache-2.0
import type { Server } from "node:http";

/** Listens on one address. @throws Error when the system refuses */
export function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, ipv6Only: true, exclusive: true }, () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}

/** The port on which a server listens; 0 when it does not. */
export function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}
