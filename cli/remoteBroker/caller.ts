// SPDX-License-Identifier: Apache-2.0
import { isIPv6 } from "node:net";
import { nullOr, optional, readBoolean, readList, readObject, readText, type Reader } from "../../protocol/shape.ts";
import { ParseError } from "../../protocol/parseError.ts";
import type { AskTailscaled } from "../askTailscaled.ts";

/** A node that called, as the own tailscaled knows it. */
export interface CallingNode {
  /** Stable node ID. */
  readonly nodeId: string;
  readonly tags: readonly string[];
  readonly addresses: readonly string[];
  /** Whether it belongs to another tailnet and is only shared with this one. */
  readonly isShared: boolean;
  readonly isExpired: boolean;
}

const readNumber: Reader<number> = (value, path) => {
  if (typeof value === "number") return value;
  throw new ParseError(path, "must be a number");
};
const ignore = { others: "ignore" } as const;
const read = readObject<{
  readonly Node: {
    readonly StableID: string;
    readonly Addresses: readonly string[];
    readonly Tags?: readonly string[] | null;
    readonly Sharer?: number;
    readonly Expired?: boolean;
  };
}>(
  {
    Node: readObject(
      {
        StableID: readText(64, /^[A-Za-z0-9]+$/, "a node ID"),
        Addresses: readList(readText(64), 16),
        Tags: optional(nullOr(readList(readText(64), 64))),
        Sharer: optional(readNumber),
        Expired: optional(readBoolean),
      },
      ignore,
    ),
  },
  ignore,
);

/** Who is at the other end of a connection; undefined when the tailnet knows nobody there. @throws when tailscaled gives no usable answer */
export async function fetchCaller(ask: AskTailscaled, address: string, port: number): Promise<CallingNode | undefined> {
  const peer = isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
  const { status, body } = await ask(`whois?proto=tcp&addr=${encodeURIComponent(peer)}`);
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`tailscaled answered with status ${status}`);
  const { Node: node } = read(JSON.parse(body.toString("utf8")), "");
  return {
    nodeId: node.StableID,
    tags: node.Tags ?? [],
    addresses: node.Addresses.map((prefix) => prefix.replace(/\/\d+$/, "")),
    isShared: (node.Sharer ?? 0) !== 0,
    isExpired: node.Expired ?? false,
  };
}
