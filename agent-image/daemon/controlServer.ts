// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import { createLimitedServer, type ServerLimits } from "../../broker/limitedServer.ts";
import { unmapAddress } from "../../broker/unmapAddress.ts";
import { mayControl, mayControlSome } from "../../protocol/capability.ts";
import { MAX_REQUEST_BYTES } from "../../protocol/constants.ts";
import type { ControlErrorCode } from "../../protocol/errorReply.ts";
import { ParseError } from "../../protocol/parseError.ts";
import type { AuditLog, AuditRecord } from "./auditLog.ts";
import { judgeCaller, type Caller } from "./caller.ts";
import { findControlFault, isJsonBody } from "./controlForm.ts";
import { ControlRefusal } from "./controlRefusal.ts";
import { sendRefusal, sendReply } from "./controlReply.ts";
import type { ControlRoute, RouteOutcome, RouteRequest } from "./controlRoute.ts";
import type { Log } from "./log.ts";
import { readRequestBody } from "./requestBody.ts";
import type { RefusalLog } from "./refusalLog.ts";
import { createSerial, type Serial } from "./serial.ts";
import type { Tailnet } from "./tailnet.ts";
import type { SelfNode } from "./tailnetStatus.ts";

/** What the wrapper around the routes needs. */
export interface ControlOptions {
  readonly routes: readonly ControlRoute[];
  readonly audit: Pick<AuditLog, "append">;
  readonly refusals: Pick<RefusalLog, "record">;
  readonly tailnet: Pick<Tailnet, "whois">;
  /** The own node at this moment. */
  readonly self: () => SelfNode;
  readonly agentTag: string;
  readonly log: Log;
  readonly isStopping: () => boolean;
}

const LIMITS: ServerLimits = {
  headBytes: 16 * 1024,
  headMilliseconds: 10_000,
  requestMilliseconds: 15_000,
  idleMilliseconds: 5_000,
  connections: 256,
};

/** Makes servers of the control API that share one order of changes; there is one for each tailnet address. */
export function createControlServers(options: ControlOptions): () => Server {
  const serial = createSerial();
  const handle: RequestListener = (request, response) => {
    void new ControlCall(options, serial, request, response).run();
  };
  return () => createLimitedServer(LIMITS, handle);
}

class ControlCall {
  readonly #options: ControlOptions;
  readonly #serial: Serial;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(options: ControlOptions, serial: Serial, request: IncomingMessage, response: ServerResponse) {
    this.#options = options;
    this.#serial = serial;
    this.#request = request;
    this.#response = response;
  }

  async run(): Promise<void> {
    try {
      const { reply, isConditional } = await this.#answer();
      sendReply(this.#response, reply, isConditional);
    } catch (error) {
      if (!(error instanceof ControlRefusal))
        this.#options.log({ event: "control-fault", fault: (error as Error).constructor.name });
      sendRefusal(this.#response, error instanceof ControlRefusal ? error : new ControlRefusal("internal-error"));
    }
  }

  /** Who calls, then what for, then whether that is allowed, then how it is written, and only then the deed. */
  async #answer(): Promise<{ readonly reply: unknown; readonly isConditional: boolean }> {
    const { tailnet, self, agentTag } = this.#options;
    const [path = "", query = ""] = splitOnce(this.#request.url ?? "", "?");
    const route = this.#findRoute(path);
    const address = unmapAddress(this.#request.socket.remoteAddress ?? "");
    let caller = judgeCaller(address, undefined, { self: self(), agentTag });
    try {
      if (this.#options.isStopping()) throw new ControlRefusal("stopping");
      const whois = await tailnet.whois(address, this.#request.socket.remotePort ?? 0).catch(() => {
        throw new ControlRefusal("identity-unavailable");
      });
      caller = judgeCaller(address, whois, { self: self(), agentTag });
      if (route === undefined) throw new ControlRefusal("not-found");
      if (route.method !== this.#request.method) throw new ControlRefusal("method-not-allowed");
      const reply = await this.#runRoute(route, caller, query);
      return { reply, isConditional: route.isConditional ?? false };
    } catch (error) {
      // Where the log itself failed there is nothing more to write to.
      const isOpen = error instanceof ControlRefusal && error.code !== "audit-unavailable";
      if (route !== undefined && isOpen && !(error instanceof RecordedRefusal))
        await this.#recordRefusal(route, caller, null, error.code);
      throw error;
    }
  }

  /** The route of the path, with the request's method if there is one. */
  #findRoute(path: string): ControlRoute | undefined {
    const candidates = this.#options.routes.filter((route) => route.path === path);
    return candidates.find(({ method }) => method === this.#request.method) ?? candidates[0];
  }

  async #runRoute(route: ControlRoute, caller: Caller, query: string): Promise<unknown> {
    const { name: ownName } = this.#options.self();
    const fault = route.findFault
      ? route.findFault(this.#request, { ownName, nodeId: caller.identity.nodeId })
      : findControlFault(this.#request, ownName);
    if (fault !== undefined) throw new ControlRefusal(fault);
    if (!mayControlSome(caller.rules, route.action)) throw new ControlRefusal("access-denied");
    const request = await this.#readRequest(route, caller, query);
    return this.#serial(() => this.#decide(route, caller, request)).catch((error: unknown) => {
      request.discard?.();
      throw error;
    });
  }

  async #readRequest(route: ControlRoute, caller: Caller, query: string): Promise<RouteRequest> {
    const body = await this.#readBody(route);
    try {
      return route.read({ caller, query, body });
    } catch (error) {
      throw error instanceof ParseError ? new ControlRefusal("bad-request") : error;
    } finally {
      body.fill(0); // may hold a key
    }
  }

  async #readBody(route: ControlRoute): Promise<Buffer> {
    const { headers } = this.#request;
    if (route.method === "GET") {
      const isEmpty = headers["transfer-encoding"] === undefined && (headers["content-length"] ?? "0") === "0";
      if (!isEmpty) throw new ControlRefusal("bad-request");
      return Buffer.alloc(0);
    }
    if (!isJsonBody(this.#request)) throw new ControlRefusal("wrong-media-type");
    if (headers.expect !== undefined) this.#response.writeContinue();
    const body = await readRequestBody(this.#request, MAX_REQUEST_BYTES).catch(() => {
      throw new ControlRefusal("bad-request"); // broken off, or no good HTTP: a fault of the client's
    });
    if (body === undefined) throw new ControlRefusal("too-large");
    return body;
  }

  async #decide(route: ControlRoute, caller: Caller, request: RouteRequest): Promise<unknown> {
    const mayAct = request.key === null || mayControl(caller.rules, route.action, request.key);
    const outcome: RouteOutcome = mayAct ? request.decide() : { code: "access-denied" };
    if (outcome.code !== "ok") {
      await this.#recordRefusal(route, caller, request, outcome.code);
      throw new RecordedRefusal(outcome.code, outcome.winner);
    }
    if (!route.isRecorded) return outcome.act(0);
    const entry = entryOf(route, caller, request, "ok");
    return outcome.act(await this.#write(() => this.#options.audit.append(entry)));
  }

  async #recordRefusal(
    route: ControlRoute,
    caller: Caller,
    request: RouteRequest | null,
    code: ControlErrorCode,
  ): Promise<void> {
    const { refusals, log } = this.#options;
    const entry = entryOf(route, caller, request, code);
    const hasLine = await this.#write(() => refusals.record(entry));
    if (hasLine && code === "access-denied")
      log({ event: "control-refused", action: route.action, caller: caller.identity, fault: caller.fault });
  }

  async #write<T>(write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch {
      this.#options.log({ event: "audit-unavailable" });
      throw new ControlRefusal("audit-unavailable");
    }
  }
}

/** A refusal that the audit log already holds. */
class RecordedRefusal extends ControlRefusal {}

function entryOf(
  { action }: ControlRoute,
  { identity }: Caller,
  request: RouteRequest | null,
  code: "ok" | ControlErrorCode,
): AuditRecord {
  const { key = null, version = null } = request ?? {};
  return { caller: identity, action, key, version, allowed: code === "ok", code };
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
