// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from "node:http";

// Importing node:http reads each of its exports, and that of WebSocket loads all of fetch: some 4 MB.
const { request } = process.getBuiltinModule("node:http");

/** Answer of tailscaled. */
export interface LocalApiAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** Asks tailscaled for a path of its LocalAPI. */
export type LocalApi = (path: string) => Promise<LocalApiAnswer>;

/** Bounds of one question. */
export interface LocalApiOptions {
  /** Milliseconds until the whole answer must be there; 2000 by default. */
  readonly timeout?: number;
  /** Longest answer in bytes; 1 MiB by default. */
  readonly maxBytes?: number;
}

/**
 * A client for the socket of the own tailscaled, bounded in time and size: a hung tailscaled must not hang the daemon.
 * The function it returns throws an Error when there is no complete answer.
 */
export function createLocalApi(
  socketPath: string,
  { timeout = 2000, maxBytes = 1024 * 1024 }: LocalApiOptions = {},
): LocalApi {
  return (path) =>
    new Promise((resolve, reject) => {
      const fail = (error: Error): void =>
        reject(new Error(`cannot ask tailscaled "${path.split("?")[0] ?? ""}"`, { cause: error }));
      const question = request({
        socketPath,
        path: `/localapi/v0/${path}`,
        headers: { host: "local-tailscaled.sock" },
        agent: false,
        signal: AbortSignal.timeout(timeout),
      });
      question.once("response", (answer) => {
        readAll(answer, maxBytes).then((body) => resolve({ status: answer.statusCode ?? 0, body }), fail);
      });
      question.on("error", fail);
      question.end();
    });
}

async function readAll(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of answer) {
    parts.push(part as Buffer);
    length += (part as Buffer).length;
    if (length > maxBytes) throw new Error(`answer is longer than ${maxBytes} bytes`);
  }
  return Buffer.concat(parts);
}
