// SPDX-License-Identifier: Apache-2.0
import type { AnswerParts } from "./answerParser.ts";
import type { Framing } from "./requestHeaders.ts";

/** Head of a request to a provider. */
export interface UpstreamHead {
  readonly method: string;
  readonly path: string;
  /** Names and values in turns: the provider's host, what passes of the client's, the framing and the credential. */
  readonly headers: readonly string[];
  readonly framing: Framing;
}

/** Gets the answer of one request; nothing comes after `end` or `failed`. */
export interface AnswerListener extends AnswerParts {
  /** All that has come so far has been handed over. */
  caughtUp(): void;
  /** More of the request's body may be written. */
  drained(): void;
  /** The connection broke before the answer was whole. */
  failed(error: NodeJS.ErrnoException): void;
}

/** What carries a request to a provider and its answer back: a connection of its own, or a stream of a shared one. */
export interface UpstreamChannel {
  /** Sends a request's head. Its body, if it has one, follows by `write`; `finish` says that it is whole. */
  send(head: UpstreamHead, listener: AnswerListener): void;
  /** Sends a part of the body. @returns false when the listener's `drained` should be waited for */
  write(data: Buffer): boolean;
  /** The request is whole. */
  finish(): void;
  /** Stops taking the answer in. */
  pause(): void;
  resume(): void;
  /** Breaks the exchange off; the listener hears nothing more. */
  destroy(): void;
}

/** Gets a channel, or what went wrong; called once. */
export type ChannelTaker = (error: Error | null, channel?: UpstreamChannel) => void;
