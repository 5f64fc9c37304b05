// SPDX-License-Identifier: Apache-2.0
import type { ClientRequest, IncomingMessage } from "node:http";
import { request as httpsRequest, type Agent } from "node:https";
import type { AdmittedRequest } from "./admission.ts";
import type { BrokerErrorCode } from "./brokerError.ts";
import { ADDRESS_DENIED } from "./guardedLookup.ts";
import type { KeyLoan } from "./keySource.ts";
import { upstreamHeaders } from "./requestHeaders.ts";

const CONNECT_MILLISECONDS = 10_000;

/** Starts the request to the provider, with the real key in it. The body is still to be sent. Redirects are not followed: `https` never does. */
export function startUpstreamRequest(
  agent: Agent,
  client: IncomingMessage,
  admitted: AdmittedRequest,
  loan: KeyLoan,
): ClientRequest {
  const { hostname, port } = new URL(admitted.provider.origin);
  const upstream = httpsRequest({
    agent,
    hostname,
    port: port === "" ? 443 : Number(port),
    method: client.method,
    path: admitted.path,
    headers: upstreamHeaders(client.rawHeaders, admitted.provider, loan),
    // A model may think for half an hour before its first byte: only the connection set-up is bounded.
    timeout: 0,
  });
  boundConnecting(upstream);
  return upstream;
}

function boundConnecting(upstream: ClientRequest): void {
  upstream.once("socket", (socket) => {
    socket.setKeepAlive(true, 30_000); // finds dead peers in place of a time-out
    if (!socket.connecting) return;
    const timer = setTimeout(() => upstream.destroy(new Error("cannot connect in time")), CONNECT_MILLISECONDS);
    const clear = (): void => clearTimeout(timer);
    socket.once("secureConnect", clear).once("close", clear);
  });
}

/** Which of the broker's errors a failed connection is. */
export function classifyUpstreamError(error: NodeJS.ErrnoException): BrokerErrorCode {
  if (error.code === ADDRESS_DENIED) return "upstream-denied";
  return /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO_VERIFY|EPROTO|CRL/.test(error.code ?? "")
    ? "upstream-untrusted"
    : "upstream-unreachable";
}
