// SPDX-License-Identifier: Apache-2.0
import { isIPv6 } from "node:net";
import { parseJson } from "../../protocol/parseJson.ts";
import { readObject } from "../../protocol/shape.ts";
import { readWhoisNode, type WhoisNode } from "../../protocol/whoisNode.ts";
import type { AskTailscaled } from "../askTailscaled.ts";

const read = readObject<{ readonly Node: WhoisNode }>({ Node: readWhoisNode }, { others: "ignore" });

/** Who is at the other end of a connection; undefined when the tailnet knows nobody there. @throws when tailscaled gives no usable answer */
export async function fetchCaller(ask: AskTailscaled, address: string, port: number): Promise<WhoisNode | undefined> {
  const peer = isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
  const { status, body } = await ask(`whois?proto=tcp&addr=${encodeURIComponent(peer)}`);
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`tailscaled answered with status ${status}`);
  return read(parseJson(body, { maxBytes: 1024 * 1024, maxDepth: 24 }), "").Node;
}
