// SPDX-License-Identifier: Apache-2.0
import { CONTROL_CAPABILITY } from "../../protocol/constants.ts";
import { ParseError } from "../../protocol/parseError.ts";
import { parseJson } from "../../protocol/parseJson.ts";
import { nullOr, optional, readList, readObject, readText, type Reader } from "../../protocol/shape.ts";
import { readWhoisNode, type WhoisNode } from "../../protocol/whoisNode.ts";

/** What tailscaled knows about a caller, as far as the daemon uses it. */
export interface Whois extends WhoisNode {
  /** Login of the node's owner; null for tagged nodes, which have none. */
  readonly login: string | null;
  /** Values of our capability, unread; empty when no grant gives it. */
  readonly capability: readonly unknown[];
}

interface RawWhois {
  readonly Node: WhoisNode;
  readonly UserProfile: { readonly LoginName: string };
  readonly CapMap?: object | null;
}

const readAnyObject: Reader<object> = (value, path) => {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new ParseError(path, "must be an object");
};

const readCapability = readList((value: unknown) => value, 64);

const read = readObject<RawWhois>(
  {
    Node: readWhoisNode,
    UserProfile: readObject({ LoginName: readText(320) }, { others: "ignore" }),
    CapMap: optional(nullOr(readAnyObject)),
  },
  { others: "ignore" },
);

/** @throws ParseError for anything that is no complete identity: an empty object must not become an empty caller */
export function parseWhois(body: Uint8Array): Whois {
  const { Node: node, UserProfile: user, CapMap } = read(parseJson(body, { maxBytes: 1024 * 1024, maxDepth: 24 }), "");
  const capability = new Map<string, unknown>(Object.entries(CapMap ?? {})).get(CONTROL_CAPABILITY);
  return {
    ...node,
    login: node.tags.length > 0 ? null : user.LoginName,
    capability: readCapability(capability ?? [], "capability"),
  };
}
