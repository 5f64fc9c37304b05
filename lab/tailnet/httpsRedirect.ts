// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A running redirect. */
export interface HttpsRedirect {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Sends every plain HTTP request to the same path of an HTTPS origin. tailscaled tries the control server's port 80 first; when
 * nothing answers there it does not go on to 443 before it has asked Tailscale's own servers on the internet for the address.
 * @throws when it cannot listen.
 */
export async function startHttpsRedirect(options: {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** For example https://controlplane.lab.example. */
  readonly target: string;
}): Promise<HttpsRedirect> {
  const server = createServer((request, response) => {
    // Only a path can follow: "//other.example" would be another server.
    const path = (request.url ?? "").replace(/^\/*/, "/");
    response.writeHead(308, { location: options.target + path, connection: "close" }).end();
  });
  // tailscaled asks for an upgrade, which is refused like everything else.
  server.on("upgrade", (_request, socket) => {
    socket.on("error", () => socket.destroy());
    socket.end(
      `HTTP/1.1 308 Permanent Redirect\r\nlocation: ${options.target}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`,
    );
  });
  server.listen(options.port, options.host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
