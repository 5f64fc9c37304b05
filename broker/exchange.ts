// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AdmittedRequest } from "./admission.ts";
import type { AnswerHead } from "./answerHead.ts";
import { sendBrokerError, type BrokerErrorCode } from "./brokerError.ts";
import { ErrorBody } from "./errorBody.ts";
import type { KeyLoan } from "./keySource.ts";
import { relayedError } from "./relayedError.ts";
import { clientHeaders, headerValue, withoutHeaders } from "./responseHeaders.ts";
import { createLeakTest, createScrub } from "./scrub.ts";
import type { UpstreamAgent } from "./upstreamAgent.ts";
import type { AnswerListener } from "./upstreamChannel.ts";
import { classifyUpstreamError, UpstreamRequest } from "./upstreamRequest.ts";
import type { UsageMeter } from "./usageMeter.ts";

/** How an exchange ended, for the log. */
export interface ExchangeEnd {
  readonly code: BrokerErrorCode | "ok" | "client-left" | "upstream-cut" | "key-revoked";
  readonly bytesIn: number;
  readonly bytesOut: number;
}

/** Both sides of one brokered request. */
export interface ExchangeOptions {
  readonly agent: UpstreamAgent;
  readonly client: IncomingMessage;
  readonly response: ServerResponse;
  readonly admitted: AdmittedRequest;
  /** Released when the exchange is over, whichever way it ends. */
  readonly loan: KeyLoan;
  /** Reads the tokens spent out of a whole answer; it sees successful answers without content coding only. */
  readonly meter?: UsageMeter | undefined;
}

/**
 * Carries a request to its provider and the answer back, both as streams with back-pressure. A client that leaves ends the upstream
 * request at once; a provider that breaks off resets the client, so that half an answer never looks whole. Nothing is tried twice.
 * @param onEnd - Called once, when both sides are done with and the loan is released.
 * @returns a function that breaks off both sides at once, with a reset for the client: the key was revoked under it
 */
export function exchange(options: ExchangeOptions, onEnd: (end: ExchangeEnd) => void): () => void {
  const exchanging = new Exchange(options, onEnd);
  return () => exchanging.cut("key-revoked");
}

class Exchange implements AnswerListener {
  readonly #options: ExchangeOptions;
  readonly #onEnd: (end: ExchangeEnd) => void;
  readonly #upstream: UpstreamRequest;
  readonly #leaks: (value: string) => boolean;
  #code: ExchangeEnd["code"] = "client-left";
  #bytesOut = 0;
  #isMetered = false;
  #errorBody: ErrorBody | undefined;
  /** Part of the body that waits for what came with it, so that they leave together. */
  #held: Buffer | undefined;

  constructor(options: ExchangeOptions, onEnd: (end: ExchangeEnd) => void) {
    const { agent, client, response, admitted, loan } = options;
    this.#options = options;
    this.#onEnd = onEnd;
    this.#leaks = createLeakTest(loan.secret);
    this.#upstream = new UpstreamRequest(client, this);
    if (response.closed) {
      this.#end();
      return;
    }
    response.on("close", () => this.#end()); // comes once, and `once` would take memory for each stream
    // The whole request is known to be good by now, so the client may go on.
    if (client.headers.expect !== undefined) response.writeContinue();
    this.#upstream.start(agent, admitted, loan);
  }

  head(head: AnswerHead): void {
    const { client, response } = this.#options;
    if (head.status >= 400 && client.method !== "HEAD") {
      this.#errorBody = new ErrorBody(head);
      return;
    }
    this.#isMetered =
      head.status < 300 && (headerValue(head.rawHeaders, "content-encoding") ?? "identity") === "identity";
    const message = this.#leaks(head.message) ? "" : head.message;
    const headers = clientHeaders(head.rawHeaders, this.#leaks);
    // An answer that cannot have a body must not announce one.
    const kept = head.status === 204 ? withoutHeaders(headers, ["content-length"]) : headers;
    response.writeHead(head.status, message, kept);
  }

  body(data: Buffer): void {
    if (this.#errorBody !== undefined) {
      this.#errorBody.push(data);
      return;
    }
    this.#bytesOut += data.length;
    if (this.#isMetered) this.#options.meter?.push(data);
    this.#passHeld();
    this.#held = data;
  }

  caughtUp(): void {
    const { response } = this.#options;
    if (this.#held !== undefined) this.#passHeld();
    // A client must see that the stream has begun before its first byte.
    else if (response.headersSent) response.flushHeaders();
  }

  end(trailers: readonly string[]): void {
    const { response } = this.#options;
    this.#upstream.answered();
    if (this.#errorBody !== undefined) {
      this.#sendError(this.#errorBody);
      return;
    }
    this.#code = "ok";
    if (trailers.length > 0) {
      // A length behind the body could only contradict it.
      const kept = withoutHeaders(clientHeaders(trailers, this.#leaks), ["content-length"]);
      response.addTrailers(pairUp(kept));
    }
    response.end(this.#held);
    this.#held = undefined;
  }

  drained(): void {
    this.#upstream.drained();
  }

  failed(error: NodeJS.ErrnoException): void {
    const { response } = this.#options;
    if (response.headersSent || this.#errorBody !== undefined) {
      this.cut("upstream-cut");
      return;
    }
    if (response.destroyed) return;
    this.#code = classifyUpstreamError(error);
    this.#upstream.stop();
    sendBrokerError(response, this.#code);
  }

  /** Ends the client's connection with a reset: a plain close would look like a whole answer to a client that reads up to the end. */
  cut(code: "upstream-cut" | "key-revoked"): void {
    const { client, response } = this.#options;
    if (response.writableFinished || response.destroyed) return;
    this.#code = code;
    this.#upstream.stop();
    // Not the response's socket: it has none while it waits for the answer to a request before this one.
    client.socket.resetAndDestroy();
  }

  #passHeld(): void {
    const { response } = this.#options;
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined || response.destroyed || response.write(held)) return;
    this.#upstream.pauseAnswer();
    response.once("drain", () => this.#upstream.resumeAnswer());
  }

  #sendError(errorBody: ErrorBody): void {
    const { response, loan, admitted } = this.#options;
    const scrub = createScrub(loan.secret);
    const { status, message, rawHeaders } = errorBody.head;
    const headers = clientHeaders(rawHeaders, (value) => scrub(value) !== value);
    const body = errorBody.read(scrub);
    const length = ["content-length", String(body.length)];
    this.#code = "ok";
    this.#bytesOut = body.length;
    const kept = withoutHeaders(headers, ["content-length", "content-encoding"]);
    response.writeHead(status, scrub(message), [...kept, ...length, ...relayedError(admitted.provider, rawHeaders)]);
    response.end(body);
  }

  #end(): void {
    const { loan, meter } = this.#options;
    this.#upstream.stop();
    loan.release({ tokens: this.#isMetered ? (meter?.end() ?? 0) : 0 });
    this.#onEnd({ code: this.#code, bytesIn: this.#upstream.bytesIn, bytesOut: this.#bytesOut });
  }
}

function pairUp(flat: readonly string[]): [string, string][] {
  return Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index] ?? "", flat[2 * index + 1] ?? ""]);
}
