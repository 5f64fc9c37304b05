// SPDX-License-Identifier: Apache-2.0
import { BlockList, isIP, isIPv4 } from "node:net";
import { ParseError } from "./parseError.ts";
import type { Reader } from "./shape.ts";

const tailnet = new BlockList();
tailnet.addSubnet("100.64.0.0", 10, "ipv4");
tailnet.addSubnet("fd7a:115c:a1e0::", 48, "ipv6");

/** Whether the address is from the ranges that Tailscale gives to nodes. */
export function isTailnetAddress(address: string): boolean {
  return isIP(address) !== 0 && tailnet.check(address, isIPv4(address) ? "ipv4" : "ipv6");
}

/** Reads `100.64.0.9:7441` or `[fd7a:115c:a1e0::9]:7441`: a node's address, never a name, and a port. */
export const readTailnetEndpoint: Reader<string> = (value, path) => {
  const text = typeof value === "string" ? value : "";
  const [, four, six, port] = /^(?:([\d.]{7,15})|\[([0-9a-f:]{2,39})\]):([1-9]\d{0,4})$/.exec(text) ?? [];
  if (isTailnetAddress(four ?? six ?? "") && Number(port) <= 65_535) return text;
  throw new ParseError(path, "must be a tailnet address with a port, like 100.64.0.9:7441");
};
