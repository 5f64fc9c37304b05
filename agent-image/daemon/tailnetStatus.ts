// SPDX-License-Identifier: Apache-2.0
import { isIP } from "node:net";
import { ParseError } from "../../protocol/parseError.ts";
import { parseJson } from "../../protocol/parseJson.ts";
import { nullOr, optional, readBoolean, readList, readObject, readText, type Reader } from "../../protocol/shape.ts";

/** The own node. */
export interface SelfNode {
  readonly nodeId: string;
  /** Full MagicDNS name without the final dot, empty when there is none. */
  readonly name: string;
  readonly tags: readonly string[];
}

/** The fields of tailscaled's status that the daemon uses. */
export interface TailnetStatus {
  readonly isRunning: boolean;
  /** False for userspace networking, where strangers on the tailnet arrive as callers from loopback. */
  readonly hasTun: boolean;
  /** Tailnet addresses of the own node. */
  readonly addresses: readonly string[];
  readonly self: SelfNode;
}

interface RawSelf {
  readonly ID: string;
  readonly DNSName: string;
  readonly Tags?: readonly string[] | null;
}

interface RawStatus {
  readonly BackendState: string;
  readonly TUN: boolean;
  readonly TailscaleIPs: readonly string[] | null;
  readonly Self: RawSelf;
}

const readAddress: Reader<string> = (value, path) => {
  if (typeof value === "string" && isIP(value) !== 0) return value;
  throw new ParseError(path, "must be an IP address");
};

const read = readObject<RawStatus>(
  {
    BackendState: readText(40),
    TUN: readBoolean,
    TailscaleIPs: nullOr(readList(readAddress, 16)),
    Self: readObject<RawSelf>(
      { ID: readText(64), DNSName: readText(300), Tags: optional(nullOr(readList(readText(64), 64))) },
      { others: "ignore" },
    ),
  },
  { others: "ignore" },
);

/** @throws ParseError */
export function parseTailnetStatus(body: Uint8Array): TailnetStatus {
  const { BackendState, TUN, TailscaleIPs, Self } = read(parseJson(body, { maxBytes: 1024 * 1024 }), "");
  return {
    isRunning: BackendState === "Running" && Self.ID !== "",
    hasTun: TUN,
    addresses: TailscaleIPs ?? [],
    self: { nodeId: Self.ID, name: Self.DNSName.replace(/\.$/, ""), tags: Self.Tags ?? [] },
  };
}
