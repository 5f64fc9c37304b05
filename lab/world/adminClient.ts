// SPDX-License-Identifier: Apache-2.0
import { request } from "node:http";

/** Talks to the world's admin API. */
export interface AdminClient {
  /**
   * Makes one call and returns its JSON answer. The other end is our own code of the same version, so its shape is taken as declared.
   * @throws with the world's own message when it could not do it, or when the world is gone.
   */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
}

/** A client of the admin API behind a unix socket. */
export function adminClient(socket: string): AdminClient {
  return { call: <T>(method: string, path: string, body?: unknown) => call<T>(socket, { method, path, body }) };
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

async function call<T>(socketPath: string, { method, path, body }: Call): Promise<T> {
  const { status, text } = await exchange(socketPath, { method, path, body });
  const value: unknown = JSON.parse(text);
  if (status === 200) return value as T;
  const said =
    typeof value === "object" && value !== null && "error" in value ? String(value.error) : `status ${status}`;
  throw new Error(said);
}

function exchange(socketPath: string, { method, path, body }: Call): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void =>
      reject(new Error(`cannot ${method} "${path}": the lab's world does not answer`, { cause }));
    const outgoing = request(
      { socketPath, method, path, headers: { "content-type": "application/json" } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", fail);
        response.on("end", () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
        );
      },
    );
    outgoing.on("error", fail);
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
