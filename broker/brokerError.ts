// SPDX-License-Identifier: Apache-2.0
import type { ServerResponse } from "node:http";
import { BROKER_ERROR_HEADER } from "../protocol/constants.ts";

/** Every error of the broker's own: code, HTTP status, and the constant text that the workload sees. */
export const BROKER_ERRORS = {
  "bad-request": { status: 400, text: "the request does not have the form it must have" },
  "bad-token": { status: 401, text: "the placeholder key is missing or wrong" },
  "wrong-user": { status: 403, text: "the broker serves the workload's own user and nobody else" },
  "unknown-agent": { status: 403, text: "the broker serves the nodes of its own agents and nobody else" },
  "path-refused": { status: 403, text: "this method and path are not on the broker's list" },
  "unknown-provider": { status: 404, text: "the path must start with a provider that this agent is configured for" },
  "method-not-allowed": { status: 405, text: "this method is never brokered" },
  "expectation-failed": { status: 417, text: "the only expectation that is met is 100-continue" },
  "wrong-host": { status: 421, text: "the Host header must be the broker's own address" },
  "upgrade-refused": { status: 426, text: "WebSocket is not brokered; use plain HTTP with streaming" },
  "requests-spent": { status: 429, text: "the key's cap on requests for this day (UTC) is reached" },
  "tokens-spent": { status: 429, text: "the key's cap on tokens for this day (UTC) is reached" },
  "headers-too-large": { status: 431, text: "too many headers" },
  "not-implemented": { status: 501, text: "protocol upgrades are not brokered; use HTTP/1.1" },
  "upstream-unreachable": { status: 502, text: "the provider cannot be reached" },
  "upstream-untrusted": { status: 502, text: "the provider's TLS certificate is not valid" },
  "upstream-denied": { status: 502, text: "the provider's name leads to an address that is not public" },
  sealed: { status: 503, text: "the agent is sealed: no key for this provider has been pushed since it started" },
  "key-expired": { status: 503, text: "the key for this provider has passed its notAfter; push a new one" },
  "identity-unavailable": { status: 503, text: "tailscaled cannot be asked who is calling" },
  stopping: { status: 503, text: "the broker is stopping" },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly text: string }>>;

/** Code of an error of the broker's own. */
export type BrokerErrorCode = keyof typeof BROKER_ERRORS;

const RETRY_AFTER_SECONDS = 30;

// After these, or when the client waits for a 100, nobody can say where the next request starts.
const CLOSING: readonly BrokerErrorCode[] = [
  "bad-request",
  "headers-too-large",
  "expectation-failed",
  "method-not-allowed",
  "upgrade-refused",
  "not-implemented",
];

/**
 * Answers with an error of the broker's own, marked by a header so that nobody takes it for the provider's.
 * @param retryAfter seconds; 30 by default for a 503, nothing for other statuses
 */
export function sendBrokerError(response: ServerResponse, code: BrokerErrorCode, retryAfter?: number): void {
  const { status, text } = BROKER_ERRORS[code];
  // The form that the SDKs of both Anthropic and OpenAI read a message from.
  const body = JSON.stringify({ type: "error", error: { type: "broker_error", code, message: text } });
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    [BROKER_ERROR_HEADER]: code,
    ...(CLOSING.includes(code) || response.req.headers.expect !== undefined ? { connection: "close" } : {}),
    ...retryHeaders(status, retryAfter),
    ...(status === 426 ? { upgrade: "HTTP/1.1" } : {}),
  });
  response.end(body);
}

function retryHeaders(status: number, retryAfter?: number): Readonly<Record<string, string>> {
  if (status === 503) return { "retry-after": String(retryAfter ?? RETRY_AFTER_SECONDS) };
  // A cap lasts until midnight. SDKs do not wait that long but try again at once, unless they are told not to.
  return status === 429 ? { "retry-after": String(retryAfter ?? 60), "x-should-retry": "false" } : {};
}
