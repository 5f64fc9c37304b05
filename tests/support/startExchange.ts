// SPDX-License-Identifier: Apache-2.0
import { exchange, type ExchangeEnd, type ExchangeOptions } from "../../broker/exchange.ts";

/** An exchange under way. */
export interface Exchanging {
  readonly ended: Promise<ExchangeEnd>;
  readonly abort: () => void;
}

/** Starts an exchange, with a promise of its end. */
export function startExchange(options: ExchangeOptions): Exchanging {
  const { promise: ended, resolve } = Promise.withResolvers<ExchangeEnd>();
  return { ended, abort: exchange(options, resolve) };
}
