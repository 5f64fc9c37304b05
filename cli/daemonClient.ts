// SPDX-License-Identifier: Apache-2.0
import { Agent } from "node:http";
import { isIPv6 } from "node:net";
import { CONTROL_PORT, MAX_REPLY_BYTES, NO_BROWSERS_HEADER, NO_BROWSERS_VALUE } from "../protocol/constants.ts";
import { parseDaemonStatus, type DaemonStatus } from "../protocol/daemonStatus.ts";
import { parseErrorReply, type Winner } from "../protocol/errorReply.ts";
import { renderPutRequest, type PutRequest } from "../protocol/keyRequests.ts";
import { ParseError } from "../protocol/parseError.ts";
import { parseReceipt, type Receipt } from "../protocol/receipt.ts";
import { renderSealedPut, type SealedPutRequest } from "../protocol/sealedPut.ts";
import { parseSealReply, type SealReply } from "../protocol/sealReply.ts";
import type { Sensitive } from "../protocol/sensitive.ts";
import { callApi, NoReply } from "./apiClient.ts";

const SHORTEST_KEY = 16;
/** The calls of a push follow at once on each other; the daemon itself closes what idles for five times as long. */
const KEPT_MILLISECONDS = 1000;

/** The control API of one agent's daemon. Every call fails with a {@link DaemonError}. */
export interface Daemon {
  status(): Promise<DaemonStatus>;
  put(request: PutRequest): Promise<Receipt>;
  activate(name: string, version: number): Promise<Receipt>;
  /** What one sealed put is encrypted to and bound to. */
  seal(): Promise<SealReply>;
  /** @param value the key that is sealed inside: no answer that repeats it is passed on */
  putSealed(request: SealedPutRequest, value: Sensitive): Promise<Receipt>;
  /** Without a version: all of them. With `now`, requests under way are aborted. */
  revoke(name: string, version?: number, now?: boolean): Promise<Receipt>;
}

/** A call that did not succeed. */
export class DaemonError extends Error {
  /** The daemon's own code, `no-reply` when there was no whole answer, `bad-reply` when it could not be read. */
  public readonly code: string;
  /** False only when the daemon cannot have acted. */
  public readonly mayHaveActed: boolean;
  /** Who put the version that this one lost against, where the daemon says so. */
  public readonly winner: Winner | undefined;

  constructor(message: string, code: string, mayHaveActed: boolean, winner?: Winner) {
    super(message);
    this.name = "DaemonError";
    this.code = code;
    this.mayHaveActed = mayHaveActed;
    this.winner = winner;
  }
}

/** Who put the version that this push lost against, in words; empty where nobody said. */
export function winnerOf({ winner }: DaemonError): readonly string[] {
  return winner === undefined ? [] : [`version ${winner.version} was put by ${winner.by} at ${winner.at}`];
}

/** Time limits and port, which only tests change. */
export interface DaemonOptions {
  readonly port?: number;
  /** Milliseconds. @default 3000 */
  readonly connectTimeout?: number;
  /** Milliseconds. @default 10000 */
  readonly totalTimeout?: number;
}

/** The daemon at a tailnet address that {@link addressOf} gave. */
export function daemonAt(address: string, options: DaemonOptions = {}): Daemon {
  const call = caller(address, options);
  const receipt = async (path: string, body: Buffer): Promise<Receipt> =>
    parsed(await call("POST", path, body), parseReceipt);
  return {
    status: async () => parsed(await call("GET", "/v1/status"), parseDaemonStatus),
    put: async (request) => {
      const body = renderPutRequest(request);
      return await receipt("/v1/keys/put", body)
        .catch((error: unknown) => {
          throw withoutKey(error, request.value);
        })
        .finally(() => body.fill(0));
    },
    seal: async () => parsed(await call("POST", "/v1/seal", json({})), parseSealReply),
    putSealed: async (request, value) =>
      await receipt("/v1/keys/put-sealed", renderSealedPut(request)).catch((error: unknown) => {
        throw withoutKey(error, value);
      }),
    activate: async (name, version) => await receipt("/v1/keys/activate", json({ name, version })),
    revoke: async (name, version, now) => await receipt("/v1/keys/revoke", json({ name, version, now })),
  };
}

function caller(address: string, { port = CONTROL_PORT, ...timeouts }: DaemonOptions) {
  const origin = `http://${isIPv6(address) ? `[${address}]` : address}:${port}`;
  // Connections that nobody uses keep no process alive.
  const agent = new Agent({ keepAlive: true, timeout: KEPT_MILLISECONDS });
  return async (method: "GET" | "POST", path: string, body?: Buffer): Promise<Buffer> => {
    const headers = {
      [NO_BROWSERS_HEADER]: NO_BROWSERS_VALUE,
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const reply = await callApi({
      method,
      url: new URL(path, origin),
      headers,
      body,
      limit: MAX_REPLY_BYTES,
      agent,
      ...timeouts,
    }).catch((error: unknown) => {
      if (error instanceof NoReply) throw new DaemonError(error.message, "no-reply", error.sent && method === "POST");
      throw error;
    });
    if (reply.status === 200) return reply.body;
    throw refusal(reply.status, reply.body);
  };
}

function refusal(status: number, body: Buffer): DaemonError {
  try {
    const { error, code, winner } = parseErrorReply(body);
    return new DaemonError(error, code, status >= 500, winner);
  } catch {
    return new DaemonError(`it answered with status ${status} and no reason`, "bad-reply", status >= 500);
  }
}

/** What a daemon answers is printed, and a faulty one could answer with what it was sent. */
function withoutKey(error: unknown, value: Sensitive): unknown {
  // A shorter one could be a word of any answer, and is no key that a provider made.
  if (!(error instanceof DaemonError) || value.byteLength < SHORTEST_KEY) return error;
  if (!`${error.message} ${error.code} ${error.winner?.by ?? ""}`.includes(value.reveal())) return error;
  return new DaemonError("its answer holds the key that was sent to it (not shown)", "bad-reply", error.mayHaveActed);
}

function parsed<T>(body: Buffer, parse: (body: Uint8Array) => T): T {
  try {
    return parse(body);
  } catch (error) {
    if (error instanceof ParseError)
      throw new DaemonError("its answer does not have the expected form", "bad-reply", true);
    throw error;
  }
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value), "utf8");
}
