// SPDX-License-Identifier: Apache-2.0
import { contains, singleAddress } from "./addressRange.ts";
import type { EgressEntry } from "./egressEntry.ts";

/** What the packet filter is to let through. */
export interface Egress {
  /** For the workload. */
  readonly entries: readonly EgressEntry[];
  /** For clawsd: tailnet address and port of the owner's own broker, as in agent.json. */
  readonly remoteBroker: string | undefined;
}

/** A provider's host and the addresses that its name stands for now. */
export interface ProviderHost {
  readonly host: string;
  readonly addresses: readonly string[];
}

/**
 * The first entry that would open a way around the broker, as a complete message; undefined when there is none. Names are resolved once,
 * at the start: see docs/decisions/0013-agent-egress.md for what that does not see.
 */
export function findWayAroundBroker(
  entries: readonly EgressEntry[],
  hosts: readonly ProviderHost[],
): string | undefined {
  for (const { text, range } of entries) {
    for (const { host, addresses } of hosts) {
      const found = addresses.find((address) => {
        const single = singleAddress(address);
        return single !== undefined && contains(range, single);
      });
      if (found !== undefined)
        return `egress "${text}" holds ${found}, an address of ${host}: that way is the broker's`;
    }
  }
  return undefined;
}

/** Renders nft's orders that make the sets hold exactly this, in one transaction. */
export function renderEgressRules({ entries, remoteBroker }: Egress): string {
  const broker = remoteBroker === undefined ? undefined : renderEndpoint(remoteBroker);
  const isIpv6 = remoteBroker?.startsWith("[") === true;
  const sets = [
    ["agent_egress4", withoutCovered(entries, 4).map(renderEntry)],
    ["agent_egress6", withoutCovered(entries, 6).map(renderEntry)],
    ["remote_broker4", broker === undefined || isIpv6 ? [] : [broker]],
    ["remote_broker6", broker === undefined || !isIpv6 ? [] : [broker]],
  ] as const;
  return sets.map(([set, elements]) => renderSet(set, elements)).join("");
}

function renderSet(set: string, elements: readonly string[]): string {
  const add = elements.length === 0 ? "" : `add element inet claws ${set} { ${elements.join(", ")} }\n`;
  return `flush set inet claws ${set}\n${add}`;
}

function renderEntry({ cidr, port }: EgressEntry): string {
  return `${cidr} . ${port}`;
}

/** `[fd7a::9]:7441` is `fd7a::9 . 7441` to nft. */
function renderEndpoint(endpoint: string): string {
  const colon = endpoint.lastIndexOf(":");
  return `${endpoint.slice(0, colon).replace(/^\[|\]$/g, "")} . ${endpoint.slice(colon + 1)}`;
}

/** nft refuses elements that overlap. Ranges nest or lie apart, so leaving out those within another is enough. */
function withoutCovered(entries: readonly EgressEntry[], family: 4 | 6): readonly EgressEntry[] {
  const own = entries.filter(({ range }) => range.family === family);
  return own.filter((one, index) => {
    const covers = (other: EgressEntry, at: number): boolean =>
      at !== index &&
      other.port === one.port &&
      contains(other.range, one.range) &&
      (other.range.prefix < one.range.prefix || at < index);
    return !own.some(covers);
  });
}
