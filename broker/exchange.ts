// SPDX-License-Identifier: Apache-2.0
import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import type { Agent } from "node:https";
import type { AdmittedRequest } from "./admission.ts";
import { sendBrokerError, type BrokerErrorCode } from "./brokerError.ts";
import { readErrorBody } from "./errorBody.ts";
import type { KeyLoan } from "./keySource.ts";
import { clientHeaders, withoutHeaders } from "./responseHeaders.ts";
import { createLeakTest, createScrub } from "./scrub.ts";
import { classifyUpstreamError, startUpstreamRequest } from "./upstreamRequest.ts";
import type { UsageMeter } from "./usageMeter.ts";

/** How an exchange ended, for the log. */
export interface ExchangeEnd {
  readonly code: BrokerErrorCode | "ok" | "client-left" | "upstream-cut" | "key-revoked";
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Both sides of one brokered request. */
export interface ExchangeOptions {
  readonly agent: Agent;
  readonly client: IncomingMessage;
  readonly response: ServerResponse;
  readonly admitted: AdmittedRequest;
  /** Released when the exchange is over, whichever way it ends. */
  readonly loan: KeyLoan;
  /** Reads the tokens spent out of a whole answer; it sees successful answers without content coding only. */
  readonly meter?: UsageMeter;
}

/** An exchange under way. */
export interface Exchanging {
  /** Resolves when both sides are done with and the loan is released. */
  readonly ended: Promise<ExchangeEnd>;
  /** Breaks off both sides at once, with a reset for the client: the key was revoked under it. */
  readonly abort: () => void;
}

/**
 * Carries a request to its provider and the answer back, both as streams with back-pressure. A client that leaves ends the upstream
 * request at once; a provider that breaks off resets the client, so that half an answer never looks whole. Nothing is tried twice.
 */
export function exchange(options: ExchangeOptions): Exchanging {
  const { promise: ended, resolve } = Promise.withResolvers<ExchangeEnd>();
  const exchanging = new Exchange(options, resolve);
  exchanging.start();
  return { ended, abort: () => exchanging.cut("key-revoked") };
}

class Exchange {
  readonly #options: ExchangeOptions;
  readonly #upstream: ClientRequest;
  #code: ExchangeEnd["code"] = "client-left";
  #bytesIn = 0;
  #bytesOut = 0;
  #isMetered = false;

  constructor(options: ExchangeOptions, resolve: (end: ExchangeEnd) => void) {
    const { agent, client, response, admitted, loan } = options;
    this.#options = options;
    this.#upstream = startUpstreamRequest(agent, client, admitted, loan);
    response.once("close", () => {
      this.#upstream.destroy();
      loan.release({ tokens: this.#isMetered ? (options.meter?.end() ?? 0) : 0 });
      resolve({ code: this.#code, bytesIn: this.#bytesIn, bytesOut: this.#bytesOut });
    });
  }

  start(): void {
    const { client, response } = this.#options;
    this.#upstream.once("response", (answer) => this.#answer(answer));
    this.#upstream.on("error", (error) => this.#fail(error));
    client.on("data", (chunk: Buffer) => (this.#bytesIn += chunk.length));
    // The whole request is known to be good by now, so the client may go on.
    if (client.headers.expect !== undefined) response.writeContinue();
    client.pipe(this.#upstream);
  }

  #answer(answer: IncomingMessage): void {
    const { client, response, loan } = this.#options;
    answer.on("error", () => this.cut("upstream-cut"));
    const status = answer.statusCode ?? 502;
    if (status >= 400 && client.method !== "HEAD") {
      void this.#scrubbed(answer);
      return;
    }
    const leaks = createLeakTest(loan.secret);
    const headers = clientHeaders(answer.rawHeaders, leaks);
    response.writeHead(status, answer.statusMessage, headers);
    response.flushHeaders(); // a client must see that the stream has begun before its first byte
    this.#stream(answer, leaks);
  }

  #stream(answer: IncomingMessage, leaks: (value: string) => boolean): void {
    const { response, meter } = this.#options;
    const meets = (answer.headers["content-encoding"] ?? "identity") === "identity";
    this.#isMetered = meets && (answer.statusCode ?? 0) >= 200 && (answer.statusCode ?? 0) < 300;
    answer.on("data", (chunk: Buffer) => {
      this.#bytesOut += chunk.length;
      if (this.#isMetered) meter?.push(chunk);
    });
    answer.once("end", () => {
      this.#code = "ok";
      const trailers = clientHeaders(answer.rawTrailers, leaks);
      if (trailers.length > 0) response.addTrailers(pairUp(trailers));
      response.end();
    });
    answer.pipe(response, { end: false });
  }

  async #scrubbed(answer: IncomingMessage): Promise<void> {
    const { response, loan } = this.#options;
    const scrub = createScrub(loan.secret);
    const headers = clientHeaders(answer.rawHeaders, (value) => scrub(value) !== value);
    try {
      const body = await readErrorBody(answer, scrub);
      const length = ["content-length", String(body.length)];
      const kept = withoutHeaders(headers, ["content-length", "content-encoding"]);
      this.#code = "ok";
      this.#bytesOut = body.length;
      response.writeHead(answer.statusCode ?? 502, answer.statusMessage, [...kept, ...length]);
      response.end(body);
    } catch {
      this.cut("upstream-cut");
    }
  }

  #fail(error: NodeJS.ErrnoException): void {
    const { client, response } = this.#options;
    if (response.headersSent) this.cut("upstream-cut");
    if (response.headersSent || response.destroyed) return;
    this.#code = classifyUpstreamError(error);
    client.unpipe(this.#upstream);
    sendBrokerError(response, this.#code);
  }

  /** Ends the client's connection with a reset: a plain close would look like a whole answer to a client that reads up to the end. */
  cut(code: "upstream-cut" | "key-revoked"): void {
    const { response } = this.#options;
    if (response.writableFinished || response.destroyed) return;
    this.#code = code;
    this.#upstream.destroy();
    response.socket?.resetAndDestroy();
  }
}

function pairUp(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index] ?? "", flat[2 * index + 1] ?? ""]);
}
