// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Agent } from "node:https";
import type { Sensitive } from "../protocol/sensitive.ts";
import { admit } from "./admission.ts";
import { sendBrokerError, type BrokerErrorCode, BROKER_ERRORS } from "./brokerError.ts";
import { exchange } from "./exchange.ts";
import type { KeySource } from "./keySource.ts";
import { createLimitedServer, type ServerLimits } from "./limitedServer.ts";
import type { Provider } from "./provider.ts";
import type { UsageLine } from "./usageLine.ts";

/** What a broker needs from its host program. */
export interface BrokerOptions {
  /** The placeholder that authenticates the workload. */
  readonly token: Sensitive;
  /** Providers that this agent may use. */
  readonly providers: readonly Provider[];
  readonly keys: KeySource;
  /** Connections to providers, from `createUpstreamAgent`. */
  readonly agent: Agent;
  /** Called once for each request, when it is over. */
  readonly log: (line: UsageLine) => void;
  /** Milliseconds from any fixed point, never going back. */
  readonly monotonic: () => number;
  /** True once the program is ending: requests under way go on, new ones get a 503. */
  readonly isStopping?: () => boolean;
}

// Prompts with pictures take minutes to send over a slow line, and the client is a process on the same machine.
const LIMITS: ServerLimits = {
  headBytes: 32 * 1024,
  headMilliseconds: 10_000,
  requestMilliseconds: 30 * 60_000,
  idleMilliseconds: 60_000,
  connections: 2048,
};

/** The reverse proxy that lends keys: `/<provider>/<path>` goes to that provider with the real key in the placeholder's stead. */
export function createBroker(options: BrokerOptions): Server {
  return createLimitedServer(LIMITS, (request, response) => {
    handle(options, request, response).catch(() => {
      // A fault of ours: this request ends without an answer, the others go on.
      options.log({ ...EMPTY_LINE, status: 0, code: "internal-error", milliseconds: 0 });
      response.socket?.resetAndDestroy();
    });
  });
}

async function handle(options: BrokerOptions, client: IncomingMessage, response: ServerResponse): Promise<void> {
  const started = options.monotonic();
  const log = (line: Partial<UsageLine> & Pick<UsageLine, "status" | "code">): void =>
    options.log({ ...EMPTY_LINE, ...line, milliseconds: Math.round(options.monotonic() - started) });
  const refuse = (code: BrokerErrorCode, known: Partial<UsageLine> = {}): void => {
    sendBrokerError(response, code);
    log({ ...known, code, status: BROKER_ERRORS[code].status });
  };

  const admitted = options.isStopping?.() === true ? "stopping" : admit(client, options);
  if (typeof admitted === "string") {
    refuse(admitted);
    return;
  }
  const { provider, endpoint } = admitted;
  const known = { provider: provider.id, method: endpoint.method, path: endpoint.path };
  let revoke = (): void => undefined;
  const loan = options.keys.lend(provider.id, () => revoke());
  if (typeof loan === "string") {
    refuse(loan, known);
    return;
  }
  const { ended, abort } = exchange({ agent: options.agent, client, response, admitted, loan });
  revoke = abort;
  const end = await ended;
  log({ ...known, ...end, keyVersion: loan.version, status: response.headersSent ? response.statusCode : 0 });
}

const EMPTY_LINE: Omit<UsageLine, "status" | "code" | "milliseconds"> = {
  event: "usage",
  provider: null,
  method: null,
  path: null,
  keyVersion: null,
  bytesIn: 0,
  bytesOut: 0,
};
