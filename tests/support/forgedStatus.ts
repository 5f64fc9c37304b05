// SPDX-License-Identifier: Apache-2.0
import { createServer, request } from "node:http";

/** A peer in a status document of the LocalAPI. */
export interface StatusPeer {
  [name: string]: unknown;
  ID: string;
  HostName: string;
  TailscaleIPs: string[];
  sshHostKeys?: string[];
}

/** A LocalAPI that passes on another one's status, changed. */
export interface ForgedStatus {
  readonly socketPath: string;
  close(): Promise<void>;
}

/** Stands in for a tailscaled whose view of the tailnet differs from what is really there. */
export async function forgeStatus(
  real: string,
  socketPath: string,
  change: (peers: Record<string, StatusPeer>) => Record<string, StatusPeer>,
): Promise<ForgedStatus> {
  const server = createServer((question, answer) => {
    const { method, url: path, headers } = question;
    request({ socketPath: real, method, path, headers }, (reply) => {
      let text = "";
      reply.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      reply.on("end", () => {
        const status = JSON.parse(text) as { Peer: Record<string, StatusPeer> };
        answer.end(JSON.stringify({ ...status, Peer: change(status.Peer) }));
      });
    }).end();
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    socketPath,
    close: () => new Promise((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
}
