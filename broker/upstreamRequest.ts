// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from "node:http";
import type { AdmittedRequest } from "./admission.ts";
import type { BrokerErrorCode } from "./brokerError.ts";
import { ADDRESS_DENIED } from "./guardedLookup.ts";
import type { KeyLoan } from "./keySource.ts";
import { readFraming, upstreamHeaders } from "./requestHeaders.ts";
import type { UpstreamAgent } from "./upstreamAgent.ts";
import type { AnswerListener, UpstreamConnection } from "./upstreamConnection.ts";

/** The provider's side of one exchange: puts the request on a connection, and lets go of it when both directions are done. */
export class UpstreamRequest {
  readonly #client: IncomingMessage;
  readonly #listener: AnswerListener;
  #connection: UpstreamConnection | undefined;
  #stopConnecting = (): void => undefined;
  #isChunked = false;
  #isSent = false;
  #isAnswered = false;
  #bytesIn = 0;

  constructor(client: IncomingMessage, listener: AnswerListener) {
    this.#client = client;
    this.#listener = listener;
  }

  /** Bytes of the body taken from the client so far. */
  get bytesIn(): number {
    return this.#bytesIn;
  }

  /** Connects and sends the request with the real key in it. */
  start(agent: UpstreamAgent, admitted: AdmittedRequest, loan: KeyLoan): void {
    this.#stopConnecting = agent.connect(admitted.provider.origin, (error, connection) => {
      if (connection === undefined) this.#listener.failed(error ?? new Error("no connection"));
      else this.#send(connection, admitted, loan);
    });
  }

  /** The answer is whole. */
  answered(): void {
    this.#isAnswered = true;
    if (this.#isSent) this.#connection = undefined;
  }

  /** The connection takes more of the body. */
  drained(): void {
    if (!this.#isSent) this.#client.resume();
  }

  pauseAnswer(): void {
    this.#connection?.pause();
  }

  resumeAnswer(): void {
    this.#connection?.resume();
  }

  /** Breaks off what is not done. */
  stop(): void {
    this.#stopConnecting();
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  #send(connection: UpstreamConnection, { provider, path }: AdmittedRequest, loan: KeyLoan): void {
    const { rawHeaders, method = "" } = this.#client;
    const framing = readFraming(rawHeaders) ?? "none";
    this.#stopConnecting = () => undefined;
    this.#connection = connection;
    this.#isChunked = framing === "chunked";
    const hasBody = framing !== "none";
    const head = renderHead(method, path, upstreamHeaders(rawHeaders, provider, loan));
    connection.send(head, { method, hasBody }, this.#listener);
    if (!hasBody) {
      this.#finish();
      return;
    }
    this.#client.on("data", (chunk: Buffer) => this.#pass(chunk));
    this.#client.once("end", () => this.#finish());
  }

  #pass(chunk: Buffer): void {
    const connection = this.#connection;
    this.#bytesIn += chunk.length;
    if (connection === undefined || chunk.length === 0) return;
    if (this.#isChunked) connection.write(`${chunk.length.toString(16)}\r\n`);
    const isRoomLeft = connection.write(chunk);
    if (this.#isChunked) connection.write("\r\n");
    if (!isRoomLeft) this.#client.pause();
  }

  #finish(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    if (this.#isChunked) connection.write("0\r\n\r\n");
    this.#isSent = true;
    if (this.#isAnswered) this.#connection = undefined;
    connection.finish();
  }
}

const LINE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** The head of a request as it stands on the wire. @throws Error when a part of it would add a line */
export function renderHead(method: string, path: string, flat: readonly string[]): string {
  let head = `${method} ${path} HTTP/1.1`;
  for (let index = 0; index + 1 < flat.length; index += 2) {
    const line = `${flat[index] ?? ""}: ${flat[index + 1] ?? ""}`;
    if (!LINE.test(line)) throw new Error("cannot send a header with control characters");
    head += `\r\n${line}`;
  }
  return `${head}\r\n\r\n`;
}

/** Which of the broker's errors a failed connection is. */
export function classifyUpstreamError(error: NodeJS.ErrnoException): BrokerErrorCode {
  if (error.code === ADDRESS_DENIED) return "upstream-denied";
  return /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_VERIFY|EPROTO|CRL/.test(error.code ?? "")
    ? "upstream-untrusted"
    : "upstream-unreachable";
}
