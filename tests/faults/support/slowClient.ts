// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** Sends the beginning, and then the rest byte by byte, one each so many milliseconds; gives what came back until the server ended the connection. */
export function sendSlowly(port: number, beginning: string, rest: string, milliseconds: number): Promise<string> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    const left = Array.from(Buffer.from(rest, "latin1"), (byte) => String.fromCharCode(byte));
    const socket = connect(port, "127.0.0.1", () => socket.write(beginning));
    const timer = setInterval(() => {
      const next = left.shift();
      if (next !== undefined && socket.writable) socket.write(next);
    }, milliseconds);
    socket.on("data", (part) => parts.push(part));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearInterval(timer);
      resolve(Buffer.concat(parts).toString("latin1"));
    });
  });
}

/** Opens so many connections, each with the beginning of a request; those that the server closes at once are among them. */
export async function openMany(port: number, count: number, beginning: string): Promise<readonly Socket[]> {
  const sockets = Array.from({ length: count }, () => connect(port, "127.0.0.1"));
  for (const socket of sockets) socket.on("error", () => undefined);
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  for (const socket of sockets) socket.resume().write(beginning);
  return sockets;
}

/** Sends the head and then this many bytes of a body as fast as they are taken, until the server ends the connection. */
export function sendEndless(port: number, head: string, chunk: string, bytes: number): Promise<string> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let left = bytes;
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(head);
      push();
    });
    const push = (): void => {
      while (left > 0 && socket.writable) {
        left -= chunk.length;
        if (!socket.write(chunk)) {
          socket.once("drain", push);
          return;
        }
      }
    };
    socket.on("data", (part) => parts.push(part));
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(Buffer.concat(parts).toString("latin1")));
  });
}
