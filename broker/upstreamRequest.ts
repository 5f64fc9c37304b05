// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from "node:http";
import type { AdmittedRequest } from "./admission.ts";
import type { BrokerErrorCode } from "./brokerError.ts";
import { ADDRESS_DENIED } from "./guardedLookup.ts";
import type { KeyLoan } from "./keySource.ts";
import { readFraming, upstreamHeaders } from "./requestHeaders.ts";
import type { UpstreamAgent } from "./upstreamAgent.ts";
import type { AnswerListener, UpstreamChannel } from "./upstreamChannel.ts";

/** The provider's side of one exchange: puts the request on a channel, and lets go of it when both directions are done. */
export class UpstreamRequest {
  readonly #client: IncomingMessage;
  readonly #listener: AnswerListener;
  #channel: UpstreamChannel | undefined;
  #stopConnecting: (() => void) | undefined;
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
    this.#stopConnecting = agent.connect(admitted.provider.origin, (error, channel) => {
      if (channel === undefined) this.#listener.failed(error ?? new Error("no connection"));
      else this.#send(channel, admitted, loan);
    });
  }

  /** The answer is whole. */
  answered(): void {
    this.#isAnswered = true;
    if (this.#isSent) this.#channel = undefined;
  }

  /** The connection takes more of the body. */
  drained(): void {
    if (!this.#isSent) this.#client.resume();
  }

  pauseAnswer(): void {
    this.#channel?.pause();
  }

  resumeAnswer(): void {
    this.#channel?.resume();
  }

  /** Breaks off what is not done. */
  stop(): void {
    this.#stopConnecting?.();
    this.#channel?.destroy();
    this.#channel = undefined;
  }

  #send(channel: UpstreamChannel, { provider, path }: AdmittedRequest, loan: KeyLoan): void {
    const { rawHeaders, method = "" } = this.#client;
    const framing = readFraming(rawHeaders) ?? "none";
    // Not an empty function: V8 puts one that is written here into the old generation, where it would hold the whole request.
    this.#stopConnecting = undefined;
    this.#channel = channel;
    channel.send({ method, path, headers: upstreamHeaders(rawHeaders, provider, loan), framing }, this.#listener);
    if (framing === "none") {
      this.#finish();
      return;
    }
    this.#client.on("data", (chunk: Buffer) => this.#pass(chunk));
    this.#client.once("end", () => this.#finish());
  }

  #pass(chunk: Buffer): void {
    this.#bytesIn += chunk.length;
    if (this.#channel === undefined || chunk.length === 0) return;
    if (!this.#channel.write(chunk)) this.#client.pause();
  }

  #finish(): void {
    const channel = this.#channel;
    if (channel === undefined) return;
    this.#isSent = true;
    if (this.#isAnswered) this.#channel = undefined;
    channel.finish();
  }
}

/** Which of the broker's errors a failed connection is. */
export function classifyUpstreamError(error: NodeJS.ErrnoException): BrokerErrorCode {
  if (error.code === ADDRESS_DENIED) return "upstream-denied";
  return /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_VERIFY|EPROTO|CRL/.test(error.code ?? "")
    ? "upstream-untrusted"
    : "upstream-unreachable";
}
