// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from "node:http";
import type { Sensitive } from "../protocol/sensitive.ts";
import { hasAgentToken } from "./agentToken.ts";
import type { BrokerErrorCode } from "./brokerError.ts";
import { findEndpoint, type Provider, type ProviderEndpoint } from "./provider.ts";
import { findHeaderFault } from "./requestHeaders.ts";
import { parseRequestTarget } from "./requestTarget.ts";

/** A request that may go to a provider once there is a key. */
export interface AdmittedRequest {
  readonly provider: Provider;
  readonly endpoint: ProviderEndpoint;
  /** Path and query at the provider. */
  readonly path: string;
}

/** What a request is judged by. */
export interface AdmissionRules {
  readonly token: Sensitive;
  readonly providers: readonly Provider[];
}

const METHODS: readonly string[] = ["GET", "HEAD", "POST"];

/** Judges a request before a byte of its body is read: deny by default, and nothing about the table to whoever lacks the placeholder. */
export function admit(request: IncomingMessage, rules: AdmissionRules): AdmittedRequest | BrokerErrorCode {
  return (
    findFormFault(request) ??
    (hasAgentToken(request.rawHeaders, rules.token) ? admitTarget(request, rules) : "bad-token")
  );
}

function findFormFault(request: IncomingMessage): BrokerErrorCode | undefined {
  const { headers, httpVersion, method = "" } = request;
  const fault = findHeaderFault(request.rawHeaders);
  if (fault !== undefined) return fault;
  if (httpVersion !== "1.1") return "bad-request";
  if (!METHODS.includes(method)) return "method-not-allowed";
  if (!isOwnHost(headers.host, request.socket.localPort)) return "wrong-host";
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== "100-continue") return "expectation-failed";
  if (headers.upgrade === undefined) return undefined;
  return headers.upgrade.toLowerCase() === "websocket" ? "upgrade-refused" : "not-implemented";
}

/** A page in a browser on the droplet that rebinds its name to 127.0.0.1 still sends that name. */
function isOwnHost(host: string | undefined, port: number | undefined): boolean {
  return host === `127.0.0.1:${port ?? ""}` || host === `localhost:${port ?? ""}`;
}

function admitTarget(request: IncomingMessage, { providers }: AdmissionRules): AdmittedRequest | BrokerErrorCode {
  const target = parseRequestTarget(request.url ?? "");
  if (target === undefined) return "bad-request";
  const provider = providers.find(({ id }) => id === target.provider);
  if (provider === undefined) return "unknown-provider";
  const endpoint = findEndpoint(provider, request.method ?? "", target.path);
  return endpoint === undefined ? "path-refused" : { provider, endpoint, path: target.path + target.query };
}
