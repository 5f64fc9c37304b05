// SPDX-License-Identifier: Apache-2.0
// The panel's own guard (docs/decisions/0008-panel-guard.md): a browser cannot send the header that keeps browsers out of the control API.
// Browsers leave Sec-Fetch-* out of plain http to anything but loopback, so these headers are checked where they are sent, and everything
// else here has to hold without them.
import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";
import { findHeaderFault } from "../../../broker/requestHeaders.ts";
import type { ControlErrorCode } from "../../../protocol/errorReply.ts";
import { unmapAddress } from "../../../broker/unmapAddress.ts";
import type { PanelSessions } from "./panelSessions.ts";

/** Header (lower case) with the page's token. Another origin's page cannot set it without a preflight, which is never answered. */
export const PANEL_TOKEN_HEADER = "claws-panel-token";

/** What a browser loads a file of the panel as. */
export type PanelDestination = "document" | "script" | "style" | "image";

/** What is wrong with the head of a request for a file of the panel, if something is. `ownName` is the node's full name. */
export function findPanelFileFault(
  request: IncomingMessage,
  ownName: string,
  destination: PanelDestination,
): ControlErrorCode | undefined {
  const fault = findHeadFault(request, ownName);
  if (fault !== undefined) return fault;
  const isDocument = destination === "document";
  const { origin, referer } = request.headers;
  const fits =
    (origin === undefined || origin === ownOrigin(request)) &&
    // A link on somebody else's page does not open the panel.
    (referer === undefined || referer.startsWith(`${ownOrigin(request)}/`)) &&
    fetchFits(request, "site", isDocument ? ["none", "same-origin"] : ["same-origin"]) &&
    fetchFits(request, "mode", isDocument ? ["navigate"] : ["cors", "no-cors", "same-origin"]) &&
    fetchFits(request, "dest", [destination]);
  return fits ? undefined : "panel-refused";
}

/** What is wrong with the head of a request of the panel's script for a token, if something is. */
export function findPanelSessionFault(request: IncomingMessage, ownName: string): ControlErrorCode | undefined {
  const fault = findHeadFault(request, ownName);
  if (fault !== undefined) return fault;
  const fits =
    // Every browser sends it with a POST, and no script can choose it.
    request.headers.origin === ownOrigin(request) &&
    fetchFits(request, "site", ["same-origin"]) &&
    fetchFits(request, "mode", ["cors", "same-origin"]) &&
    fetchFits(request, "dest", ["empty"]);
  return fits ? undefined : "panel-refused";
}

/** What is wrong with the head of a call of the panel's script from this node, if something is. */
export function findPanelCallFault(
  request: IncomingMessage,
  ownName: string,
  { nodeId, sessions }: { readonly nodeId: string; readonly sessions: Pick<PanelSessions, "isOpen"> },
): ControlErrorCode | undefined {
  const fault = findPanelSessionFault(request, ownName);
  if (fault !== undefined) return fault;
  const token = request.headers[PANEL_TOKEN_HEADER];
  if (typeof token !== "string") return "panel-refused";
  return sessions.isOpen(nodeId, token) ? undefined : "panel-expired";
}

function findHeadFault(request: IncomingMessage, ownName: string): ControlErrorCode | undefined {
  const { headers, httpVersion, rawHeaders } = request;
  if (findHeaderFault(rawHeaders) !== undefined || httpVersion !== "1.1") return "bad-request";
  if (headers.upgrade !== undefined || headers.expect !== undefined) return "bad-request";
  return isOwnHost(request, ownName) ? undefined : "wrong-host";
}

/**
 * A page whose name was made to point here still sends that name. The short name is missing: which machine it means is up to the network
 * that the browser is in.
 */
function isOwnHost({ headers, socket }: IncomingMessage, ownName: string): boolean {
  const address = unmapAddress(socket.localAddress ?? "");
  const names = [isIPv6(address) ? `[${address}]` : address, ownName.includes(".") ? ownName : ""];
  const host = (headers.host ?? "").toLowerCase();
  return names.some((name) => name !== "" && host === `${name.toLowerCase()}:${socket.localPort ?? ""}`);
}

/** Only after the host has been checked. Browsers write origins in lower case. */
function ownOrigin({ headers }: IncomingMessage): string {
  return `http://${(headers.host ?? "").toLowerCase()}`;
}

function fetchFits({ headers }: IncomingMessage, name: "site" | "mode" | "dest", allowed: readonly string[]): boolean {
  const value = headers[`sec-fetch-${name}`];
  return value === undefined || (typeof value === "string" && allowed.includes(value));
}
