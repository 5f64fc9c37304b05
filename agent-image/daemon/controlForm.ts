// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";
import { unmapAddress } from "../../broker/unmapAddress.ts";
import { findHeaderFault } from "../../broker/requestHeaders.ts";
import { NO_BROWSERS_HEADER, NO_BROWSERS_VALUE } from "../../protocol/constants.ts";
import type { ControlErrorCode } from "../../protocol/errorReply.ts";

const BROWSER_HEADERS: readonly string[] = ["origin", "referer", "sec-fetch-site"];

/** What is wrong with the head of a control request apart from its route, if something is. `ownName` is the node's full name. */
export function findControlFault(request: IncomingMessage, ownName: string): ControlErrorCode | undefined {
  const { headers, httpVersion } = request;
  if (findHeaderFault(request.rawHeaders) !== undefined || httpVersion !== "1.1") return "bad-request";
  const hasBrowserHeader = BROWSER_HEADERS.some((name) => headers[name] !== undefined);
  if (hasBrowserHeader || headers[NO_BROWSERS_HEADER] !== NO_BROWSERS_VALUE) return "browser-refused";
  if (!isOwnHost(request, ownName)) return "wrong-host";
  const isPlain = headers.upgrade === undefined && (headers.expect ?? "100-continue").toLowerCase() === "100-continue";
  return isPlain ? undefined : "bad-request";
}

/** A page whose name was made to point here still sends that name. */
function isOwnHost({ headers, socket }: IncomingMessage, ownName: string): boolean {
  const address = unmapAddress(socket.localAddress ?? "");
  const names = [isIPv6(address) ? `[${address}]` : address, ownName, ownName.split(".")[0] ?? ""];
  const host = (headers.host ?? "").toLowerCase();
  return names.some((name) => name !== "" && host === `${name.toLowerCase()}:${socket.localPort ?? ""}`);
}

/** Whether the body is JSON as it stands. */
export function isJsonBody({ headers }: IncomingMessage): boolean {
  const isJson = /^application\/json(?:; ?charset=utf-8)?$/i.test(headers["content-type"] ?? "");
  return isJson && headers["content-encoding"] === undefined;
}
