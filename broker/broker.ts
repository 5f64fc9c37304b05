// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { admitTarget, findFormFault, type AdmittedRequest } from "./admission.ts";
import type { BrokerClient, Identify } from "./brokerClient.ts";
import { sendBrokerError, type BrokerErrorCode } from "./brokerError.ts";
import { exchange, type ExchangeEnd } from "./exchange.ts";
import type { KeyLoan, LendRefusal } from "./keySource.ts";
import { createLimitedServer, type ServerLimits } from "./limitedServer.ts";
import { tokensToCharge } from "./tokenCharge.ts";
import type { UpstreamAgent } from "./upstreamAgent.ts";
import type { UsageLine } from "./usageLine.ts";
import { createUsageMeter } from "./usageMeter.ts";

/** What a broker needs from its host program. */
export interface BrokerOptions {
  /** Tells the agent that sent a request: `identifyWorkload` on a droplet. */
  readonly identify: Identify;
  /** Connections to providers, from `createUpstreamAgent`. */
  readonly agent: UpstreamAgent;
  /** Called once for each request, when it is over; `client` is the name of the agent that sent it, where that is known. */
  readonly log: (line: UsageLine, client?: string) => void;
  /** Milliseconds from any fixed point, never going back. */
  readonly monotonic: () => number;
  readonly now: () => Date;
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
    const call: Call = { request, response, started: options.monotonic() };
    attempt(options, call, () => serve(options, call));
  });
}

/** A request under way. */
interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** On the monotonic clock. */
  readonly started: number;
}

/** What became of a request: a refusal that is still to be sent, if it is one, and what the log may know. */
type Outcome = Partial<UsageLine> & { readonly refusal?: BrokerErrorCode; readonly client?: string };

/** Only a connection's first request may have to wait for who sent it; a promise would cost the others more than the look-up. */
function serve(options: BrokerOptions, call: Call): void {
  const client = identify(options, call.request);
  if (typeof client === "string" || !("then" in client)) admit(options, call, client);
  else {
    client.then(
      (known) => attempt(options, call, () => admit(options, call, known)),
      () => failInside(options, call),
    );
  }
}

function attempt(options: BrokerOptions, call: Call, step: () => void): void {
  try {
    step();
  } catch {
    failInside(options, call);
  }
}

function admit(options: BrokerOptions, call: Call, client: BrokerClient | BrokerErrorCode): void {
  if (call.response.destroyed) conclude(options, call, { code: "client-left" });
  else if (typeof client === "string") conclude(options, call, { refusal: client });
  else begin(options, call, client);
}

function identify(options: BrokerOptions, request: IncomingMessage): ReturnType<Identify> {
  if (options.isStopping?.() === true) return "stopping";
  return findFormFault(request) ?? options.identify(request);
}

/** Not async, as all that follows: a frame that waits for a stream's end would be a tenth of what the stream takes. */
function begin(options: BrokerOptions, call: Call, client: BrokerClient): void {
  const admitted = admitTarget(call.request, client.providers);
  if (typeof admitted === "string") {
    conclude(options, call, { refusal: admitted, client: client.name });
    return;
  }
  const { provider, endpoint } = admitted;
  const known = { client: client.name, provider: provider.id, method: endpoint.method, path: endpoint.path };
  const refusal = carry(options, { ...call, client, admitted }, (carried) =>
    attempt(options, call, () => conclude(options, call, { ...known, ...carried })),
  );
  if (refusal !== undefined) conclude(options, call, { ...known, refusal });
}

function conclude(options: BrokerOptions, { response, started }: Call, { refusal, client, ...line }: Outcome): void {
  if (refusal !== undefined) {
    sendBrokerError(response, refusal, refusal.endsWith("-spent") ? secondsToMidnight(options.now()) : undefined);
  }
  const milliseconds = Math.round(options.monotonic() - started);
  options.log({ ...EMPTY_LINE, code: refusal ?? "ok", ...line, status: statusOf(response), milliseconds }, client);
}

/** A fault of ours: this request ends without an answer, the others go on. */
function failInside(options: BrokerOptions, { request }: Call): void {
  options.log({ ...EMPTY_LINE, status: 0, code: "internal-error", milliseconds: 0 });
  request.socket.resetAndDestroy();
}

interface Carried extends Call {
  readonly client: BrokerClient;
  readonly admitted: AdmittedRequest;
}

/** Borrows the key, carries the request and its answer, and gives the key back. @returns why there is no key to borrow */
function carry(
  { agent }: BrokerOptions,
  { client, request, response, admitted }: Carried,
  onEnd: (carried: ExchangeEnd & { readonly keyVersion: number }) => void,
): LendRefusal | undefined {
  let revoke = (): void => undefined;
  const loan = client.keys.lend(admitted.provider.id, () => revoke());
  if (typeof loan === "string") return loan;
  const counted = loan.countsTokens ? countTokens(loan, { response, admitted }) : undefined;
  const exchanged = { agent, client: request, response, admitted, loan: counted?.loan ?? loan, meter: counted?.meter };
  revoke = exchange(exchanged, (end) => {
    counted?.settle(end);
    onEnd({ ...end, keyVersion: loan.version });
  });
  return undefined;
}

/** A loan whose charge waits for the end of the exchange, because what cannot be read in the answer is put at the bytes that passed. */
function countTokens(loan: KeyLoan, { response, admitted }: Pick<Carried, "response" | "admitted">) {
  const { version, secret, countsTokens } = loan;
  let metered = 0;
  return {
    meter: createUsageMeter(admitted.provider.usage),
    loan: { version, secret, countsTokens, release: ({ tokens }: { readonly tokens: number }) => (metered = tokens) },
    settle: (end: ExchangeEnd) =>
      loan.release({
        tokens: tokensToCharge({ end, metered, endpoint: admitted.endpoint, status: statusOf(response) }),
      }),
  };
}

/** Status that the client got; 0 when it left first. */
function statusOf(response: ServerResponse): number {
  return response.headersSent ? response.statusCode : 0;
}

function secondsToMidnight(now: Date): number {
  const midnight = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1);
  return Math.ceil((midnight - now.getTime()) / 1000);
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
