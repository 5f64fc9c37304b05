// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { BrokerErrorCode } from "./brokerError.ts";
import { findEndpoint, type Provider, type ProviderEndpoint } from "./provider.ts";
import { findHeaderFault, readFraming } from "./requestHeaders.ts";
import { parseRequestTarget } from "./requestTarget.ts";
import { unmapAddress } from "./unmapAddress.ts";

/** A request that may go to a provider once there is a key. */
export interface AdmittedRequest {
  readonly provider: Provider;
  readonly endpoint: ProviderEndpoint;
  /** Path and query at the provider. */
  readonly path: string;
}

const METHODS: readonly string[] = ["GET", "HEAD", "POST"];

/** What is wrong with a request's head, whoever sent it; judged before a byte of the body is read. */
export function findFormFault(request: IncomingMessage): BrokerErrorCode | undefined {
  const { headers, httpVersion, method = "" } = request;
  const fault = findHeaderFault(request.rawHeaders);
  if (fault !== undefined) return fault;
  if (httpVersion !== "1.1") return "bad-request";
  if (!METHODS.includes(method)) return "method-not-allowed";
  if (method !== "POST" && hasBody(request)) return "bad-request";
  if (!isOwnHost(headers.host, request.socket)) return "wrong-host";
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== "100-continue") return "expectation-failed";
  if (headers.upgrade === undefined) return undefined;
  return headers.upgrade.toLowerCase() === "websocket" ? "upgrade-refused" : "not-implemented";
}

/** Few servers look for a body behind GET or HEAD: to the others it is the next request, which nobody here has judged. */
function hasBody({ rawHeaders }: IncomingMessage): boolean {
  const framing = readFraming(rawHeaders);
  return framing !== "none" && !(typeof framing === "object" && Number(framing.length) === 0);
}

/** A page in a browser that makes its name lead here still sends that name. */
function isOwnHost(host: string | undefined, { localAddress = "", localPort = 0 }: Socket): boolean {
  const address = unmapAddress(localAddress);
  const own = `${address.includes(":") ? `[${address}]` : address}:${localPort}`;
  return host === own || (address === "127.0.0.1" && host === `localhost:${localPort}`);
}

/** Where an identified client's request goes: deny by default. */
export function admitTarget(
  request: IncomingMessage,
  providers: readonly Provider[],
): AdmittedRequest | BrokerErrorCode {
  const target = parseRequestTarget(request.url ?? "");
  if (target === undefined) return "bad-request";
  const provider = providers.find(({ id }) => id === target.provider);
  if (provider === undefined) return "unknown-provider";
  const endpoint = findEndpoint(provider, request.method ?? "", target.path);
  if (endpoint === undefined) return "path-refused";
  return { provider, endpoint, path: (provider.basePath ?? "") + target.path + target.query };
}
