// SPDX-License-Identifier: Apache-2.0
import { request as httpRequest, type Agent, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { afterRunning } from "./runningTime.ts";

/** A request to be made once, with limits on time and size. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** An http or https URL, or a path when `socketPath` is given. */
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Talks to a Unix socket instead of the URL's host. */
  readonly socketPath?: string;
  /** Whose connections are used again. @default each request has a connection of its own */
  readonly agent?: Agent;
  /** Milliseconds until the connection must stand. @default 3000 */
  readonly connectTimeout?: number;
  /** Milliseconds until the whole answer must be there. @default 10000 */
  readonly totalTimeout?: number;
  /** Largest answer in bytes. @default 1 MiB */
  readonly limit?: number;
}

/** A whole answer. */
export interface ApiReply {
  readonly status: number;
  /** What names this version of what was asked for, where it says so. */
  readonly etag?: string;
  readonly body: Buffer;
  /** When the other side says it is. */
  readonly date?: string;
}

/** Why there is no whole answer; `sent` tells whether the other side may have acted all the same. */
export class NoReply extends Error {
  public readonly sent: boolean;

  constructor(cause: string, sent: boolean) {
    super(cause);
    this.name = "NoReply";
    this.sent = sent;
  }
}

/**
 * Makes one request: no retry, no redirect.
 *
 * @throws NoReply with the cause in words.
 */
export async function callApi(call: ApiRequest): Promise<ApiReply> {
  const { connectTimeout = 3000, totalTimeout = 10_000 } = call;
  const send = call.url.protocol === "https:" ? httpsRequest : httpRequest;
  return await new Promise((resolve, reject) => {
    const request = send(call.url, requestOptions(call));
    let connected = false;
    const fail = (cause: string): void => {
      reject(new NoReply(cause, connected));
      request.destroy();
    };
    const stopConnecting = afterRunning(connectTimeout, () => fail(`no connection within ${connectTimeout / 1000} s`));
    const stopWaiting = afterRunning(totalTimeout, () => fail(`no whole answer within ${totalTimeout / 1000} s`));
    request.once("socket", (socket) => {
      const onConnected = (): void => {
        connected = true;
        stopConnecting();
      };
      if (request.reusedSocket) onConnected();
      else socket.once(call.url.protocol === "https:" ? "secureConnect" : "connect", onConnected);
    });
    request.once("close", () => {
      stopConnecting();
      stopWaiting();
    });
    request.once("error", (error: NodeJS.ErrnoException) => fail(causeInWords(error)));
    request.once("response", (response) => {
      readWhole(response, call.limit ?? 1024 * 1024).then(
        (body) => {
          const { date, etag } = response.headers;
          resolve({
            ...{ status: response.statusCode ?? 0, body },
            ...(date === undefined ? {} : { date }),
            ...(etag === undefined ? {} : { etag }),
          });
        },
        (error: unknown) => fail(error instanceof UnreadableAnswer ? error.message : "the answer was cut off"),
      );
    });
    request.end(call.body);
  });
}

function requestOptions({ method, headers, socketPath, body, url, agent }: ApiRequest): RequestOptions {
  const length = body === undefined ? {} : { "content-length": String(body.byteLength) };
  const options: RequestOptions = { method, agent: agent ?? false, headers: { ...headers, ...length } };
  return socketPath === undefined ? options : { ...options, socketPath, path: url.pathname + url.search };
}

async function readWhole(response: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw new UnreadableAnswer(`the answer is longer than ${limit} bytes`);
    chunks.push(chunk);
  }
  if (!response.complete) throw new UnreadableAnswer("the answer was cut off");
  return Buffer.concat(chunks);
}

class UnreadableAnswer extends Error {}

function causeInWords(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case "ECONNREFUSED":
      return "connection refused";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "the host name is not known";
    case "ECONNRESET":
      return "the connection was cut";
    case "ENOENT":
      return "the socket does not exist";
    case "EACCES":
      return "no permission";
    default:
      return error.code ?? error.message;
  }
}
