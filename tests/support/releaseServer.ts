// SPDX-License-Identifier: Apache-2.0
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** How the server answers one path. */
export type Answer =
  | { readonly kind: "body"; readonly body: string | Buffer }
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "redirect"; readonly location: string }
  /** Promises the whole length, sends half and cuts the line. */
  | { readonly kind: "truncated"; readonly body: Buffer }
  /** Takes the request and never answers. */
  | { readonly kind: "silent" }
  /** Sends the head and one byte, then nothing. */
  | { readonly kind: "stalled" };

/** A publisher's download site on loopback. Paths that it does not know are 404. */
export interface ReleaseServer {
  readonly url: string;
  readonly answers: Map<string, Answer>;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  close(): Promise<void>;
}

export async function startReleaseServer(): Promise<ReleaseServer> {
  const answers = new Map<string, Answer>();
  const asked: string[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((request, response) => {
    const path = request.url ?? "";
    asked.push(path);
    const answer = answers.get(path) ?? { kind: "status", status: 404 };
    switch (answer.kind) {
      case "body":
        return response.end(answer.body);
      case "status":
        return response.writeHead(answer.status).end();
      case "redirect":
        return response.writeHead(302, { location: answer.location }).end();
      case "truncated":
        response.writeHead(200, { "content-length": answer.body.length });
        return response.write(answer.body.subarray(0, answer.body.length / 2), () => response.destroy());
      case "stalled":
        response.writeHead(200, { "content-length": 1000 });
        return response.write("x");
      case "silent":
        return undefined;
    }
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers,
    asked,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
