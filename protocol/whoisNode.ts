// SPDX-License-Identifier: Apache-2.0
import { readNodeId } from "./names.ts";
import { ParseError } from "./parseError.ts";
import { nullOr, optional, readBoolean, readList, readObject, readText, type Reader } from "./shape.ts";

/** A node that called, as the tailscaled of the machine that it called knows it. */
export interface WhoisNode {
  /** Stable node ID. */
  readonly nodeId: string;
  /** Full MagicDNS name without the final dot. For humans: names can be taken over, IDs cannot. */
  readonly name: string;
  readonly tags: readonly string[];
  readonly addresses: readonly string[];
  /** Whether the node belongs to another tailnet and is only shared with this one. */
  readonly isShared: boolean;
  readonly isExpired: boolean;
}

interface RawNode {
  readonly StableID: string;
  readonly Name: string;
  readonly Addresses: readonly string[];
  readonly Tags?: readonly string[] | null;
  readonly Sharer?: number;
  readonly Expired?: boolean;
}

const readNumber: Reader<number> = (value, path) => {
  if (typeof value === "number") return value;
  throw new ParseError(path, "must be a number");
};

const readRawNode = readObject<RawNode>(
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

/** Reads the member `Node` of an answer of the LocalAPI's `whois`. */
export const readWhoisNode: Reader<WhoisNode> = (value, path) => {
  const { StableID, Name, Addresses, Tags, Sharer, Expired } = readRawNode(value, path);
  return {
    nodeId: StableID,
    name: Name.replace(/\.$/, ""),
    tags: Tags ?? [],
    addresses: Addresses.map((prefix) => prefix.replace(/\/\d+$/, "")),
    isShared: (Sharer ?? 0) !== 0,
    isExpired: Expired ?? false,
  };
};
