// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** Something at a port of loopback that is no good daemon. */
export interface BadServer {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  readonly port: number;
  close(): void;
}

/** A server that does with each connection what it is told. */
export async function serveBadly(handle: (socket: Socket) => void): Promise<BadServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    handle(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return badServer((server.address() as AddressInfo).port, () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
}

/** A port on which nobody listens. */
export async function refusingPort(): Promise<BadServer> {
  const server = await serveBadly(() => undefined);
  server.close();
  return server;
}

/** A port whose packets get no answer: its queue of connections is full, and its owner is stopped. */
export async function blackHole(): Promise<BadServer> {
  const script = `const s = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => { console.log(s.address().port); process.kill(process.pid, "SIGSTOP"); });`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"], env: {} });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const port = Number(String(line));
  // With a backlog of 1, Linux completes two connections and then drops every SYN.
  const fillers = [await filler(port), await filler(port)];
  return badServer(port, () => {
    for (const socket of fillers) socket.destroy();
    child.kill("SIGKILL");
  });
}

async function filler(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

function badServer(port: number, close: () => void): BadServer {
  return { url: `http://127.0.0.1:${port}`, port, close };
}
