// SPDX-License-Identifier: Apache-2.0
import { connect } from "node:net";

/** How a connection went. */
export interface RawExchange {
  /** Everything that the server sent, as Latin-1. */
  readonly text: string;
  /** Error code of the connection when it was reset; null when it ended cleanly. */
  readonly reset: string | null;
}

/** Sends bytes as they are and reads until the server ends the connection. Keep-alive answers need `Connection: close` in the request. */
export function sendRaw(port: number, ...chunks: readonly (string | Uint8Array)[]): Promise<RawExchange> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let reset: string | null = null;
    const socket = connect(port, "127.0.0.1", () => {
      for (const chunk of chunks) socket.write(typeof chunk === "string" ? Buffer.from(chunk, "latin1") : chunk);
    });
    socket.on("data", (part) => parts.push(part));
    socket.on("error", (error: NodeJS.ErrnoException) => (reset = error.code ?? "unknown"));
    socket.on("close", () => resolve({ text: Buffer.concat(parts).toString("latin1"), reset }));
  });
}

/** The status codes of all answers in a raw text, in order. */
export function statusesIn(text: string): readonly number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}
