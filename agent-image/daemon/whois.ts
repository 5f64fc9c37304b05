// SPDX-License-Identifier: Apache-2.0
import { CONTROL_CAPABILITY } from "../../protocol/constants.ts";
import { readNodeId } from "../../protocol/names.ts";
import { ParseError } from "../../protocol/parseError.ts";
import { parseJson } from "../../protocol/parseJson.ts";
import { nullOr, optional, readBoolean, readList, readObject, readText, type Reader } from "../../protocol/shape.ts";

/** What tailscaled knows about a caller, as far as the daemon uses it. */
export interface Whois {
  readonly nodeId: string;
  /** Full MagicDNS name without the final dot. For humans: names can be taken over, IDs cannot. */
  readonly name: string;
  readonly tags: readonly string[];
  /** Login of the node's owner; null for tagged nodes, which have none. */
  readonly login: string | null;
  readonly addresses: readonly string[];
  /** Whether the node belongs to another tailnet and is only shared with this one. */
  readonly isShared: boolean;
  readonly isExpired: boolean;
  /** Values of our capability, unread; empty when no grant gives it. */
  readonly capability: readonly unknown[];
}

interface RawNode {
  readonly StableID: string;
  readonly Name: string;
  readonly Addresses: readonly string[];
  readonly Tags?: readonly string[] | null;
  readonly Sharer?: number;
  readonly Expired?: boolean;
}

interface RawWhois {
  readonly Node: RawNode;
  readonly UserProfile: { readonly LoginName: string };
  readonly CapMap?: object | null;
}

const readNumber: Reader<number> = (value, path) => {
  if (typeof value === "number") return value;
  throw new ParseError(path, "must be a number");
};

const readAnyObject: Reader<object> = (value, path) => {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new ParseError(path, "must be an object");
};

const readCapability = readList((value: unknown) => value, 64);

const readNode = readObject<RawNode>(
  {
    StableID: readNodeId,
    Name: readText(300),
    Addresses: readList(readText(64), 16),
    Tags: optional(nullOr(readList(readText(64), 64))),
    Sharer: optional(readNumber),
    Expired: optional(readBoolean),
  },
  { others: "ignore" },
);

const read = readObject<RawWhois>(
  {
    Node: readNode,
    UserProfile: readObject({ LoginName: readText(320) }, { others: "ignore" }),
    CapMap: optional(nullOr(readAnyObject)),
  },
  { others: "ignore" },
);

/** @throws ParseError for anything that is no complete identity: an empty object must not become an empty caller */
export function parseWhois(body: Uint8Array): Whois {
  const { Node: node, UserProfile: user, CapMap } = read(parseJson(body, { maxBytes: 1024 * 1024, maxDepth: 24 }), "");
  const tags = node.Tags ?? [];
  const capability = new Map<string, unknown>(Object.entries(CapMap ?? {})).get(CONTROL_CAPABILITY);
  return {
    nodeId: node.StableID,
    name: node.Name.replace(/\.$/, ""),
    tags,
    login: tags.length > 0 ? null : user.LoginName,
    addresses: node.Addresses.map((prefix) => prefix.replace(/\/\d+$/, "")),
    isShared: (node.Sharer ?? 0) !== 0,
    isExpired: node.Expired ?? false,
    capability: readCapability(capability ?? [], "capability"),
  };
}
