// SPDX-License-Identifier: Apache-2.0
import { request as requestPlain, type IncomingMessage, type RequestOptions } from "node:http";
import { request as requestTls } from "node:https";

/** A request to a server on this machine: a URL or a unix socket, never a proxy. */
export interface TextRequest {
  readonly method: string;
  /** Scheme and authority, for example https://127.0.0.1:8443. */
  readonly origin: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Trusted authority (PEM) and the name that the certificate must carry. */
  readonly tls?: { readonly ca: string; readonly serverName: string };
  readonly socketPath?: string;
}

/** A whole answer. */
export interface TextResponse {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

const timeout = 10_000;
const sizeLimit = 16 * 1024 * 1024;

/**
 * Sends one request on a connection of its own and reads the whole answer.
 * @throws when there is none within 10 s or it exceeds 16 MiB.
 */
export function requestText(request: TextRequest): Promise<TextResponse> {
  const url = new URL(request.path, request.origin);
  const options: RequestOptions & { ca?: string; servername?: string } = {
    method: request.method,
    headers: { ...request.headers },
    agent: false,
    signal: AbortSignal.timeout(timeout),
    ...(request.socketPath === undefined ? {} : { socketPath: request.socketPath }),
    ...(request.tls === undefined ? {} : { ca: request.tls.ca, servername: request.tls.serverName }),
  };
  return new Promise((resolve, reject) => {
    const send = url.protocol === "https:" ? requestTls : requestPlain;
    const outgoing = send(url, options, (response) => {
      readAll(response).then((body) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      }, reject);
    });
    outgoing.on("error", reject);
    outgoing.end(request.body);
  });
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > sizeLimit) throw new Error(`cannot read the answer: more than ${sizeLimit} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
