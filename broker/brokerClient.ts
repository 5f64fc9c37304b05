// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from "node:http";
import type { BrokerErrorCode } from "./brokerError.ts";
import type { KeySource } from "./keySource.ts";
import type { Provider } from "./provider.ts";

/** An agent that the broker works for, and what it may use. */
export interface BrokerClient {
  /** For the log, when one broker serves several agents. */
  readonly name: string;
  /** Providers that this agent may use. */
  readonly providers: readonly Provider[];
  readonly keys: KeySource;
}

/** Tells who sent a request by its head and its connection, or why nobody is let in. */
export type Identify = (
  request: IncomingMessage,
) => BrokerClient | BrokerErrorCode | Promise<BrokerClient | BrokerErrorCode>;
