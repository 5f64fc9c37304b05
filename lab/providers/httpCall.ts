// SPDX-License-Identifier: Apache-2.0
import { type IncomingHttpHeaders, request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { text } from "node:stream/consumers";

/** One HTTP request. */
export interface HttpCall {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds without any byte before the call fails. */
  readonly timeout: number;
}

/** An answer with its whole body. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Sends one request on a connection of its own, so that no call meets a connection the server has just closed. */
export async function httpCall({ method, url, headers, body, timeout }: HttpCall): Promise<HttpAnswer> {
  const send = url.protocol === "https:" ? httpsRequest : httpRequest;
  const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const request = send(url, { method, headers: { ...headers, ...length }, agent: false, timeout }, (response) => {
    text(response).then((answer) => {
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer });
    }, reject);
  });
  request.on("timeout", () => request.destroy(new Error(`no answer within ${String(timeout / 1000)} s`)));
  request.on("error", reject);
  request.end(body);
  return await promise;
}
