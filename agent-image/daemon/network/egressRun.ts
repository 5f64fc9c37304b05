// SPDX-License-Identifier: Apache-2.0
import { ParseError } from "../../../protocol/parseError.ts";
import { parseEgressEntry } from "./egressEntry.ts";
import { findWayAroundBroker, renderEgressRules, type Egress } from "./egressRules.ts";

/** What agent.json says of the ways out, and who the providers are. */
export interface EgressFacts {
  readonly egress?: readonly string[] | undefined;
  readonly remoteBroker?: string | undefined;
  readonly customProviders?: readonly { readonly origin: string }[] | undefined;
}

/** Everything that the preparation touches. */
export interface EgressOptions {
  readonly readFacts: () => Promise<EgressFacts>;
  /** Origins of all providers that the broker knows by itself, for example `https://api.openai.com`. */
  readonly origins: readonly string[];
  /** Addresses of a name; none for a name that does not exist. Rejects when nobody can tell. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
  /** Gets the orders for nft. */
  readonly write: (rules: string) => Promise<void>;
  readonly log: (line: string) => void;
}

/**
 * Prepares the packet filter's sets. Nothing is written unless all of it is good: one bad entry leaves the workload without any.
 *
 * @returns The exit code: 0 done, 1 failed and worth another try, 2 the facts are wrong and will stay so.
 */
export async function runEgress(options: EgressOptions): Promise<number> {
  const { readFacts, write, log } = options;
  try {
    const facts = await readFacts();
    const egress = parseEgress(facts);
    const wayAround = egress.entries.length === 0 ? undefined : await findWayAround(egress, facts, options);
    if (wayAround !== undefined) {
      log(wayAround);
      return 2;
    }
    await write(renderEgressRules(egress));
    log(`the workload may reach ${egress.entries.map(({ text }) => text).join(", ") || "nothing but the broker"}`);
    return 0;
  } catch (error) {
    log(error instanceof Error ? error.message : String(error));
    return error instanceof ParseError ? 2 : 1;
  }
}

function parseEgress({ egress = [], remoteBroker }: EgressFacts): Egress {
  return { entries: egress.map((text, index) => parseEgressEntry(text, `egress[${index}]`)), remoteBroker };
}

async function findWayAround(
  { entries }: Egress,
  { customProviders = [] }: EgressFacts,
  { origins, resolve }: EgressOptions,
): Promise<string | undefined> {
  const hosts = [...origins, ...customProviders.map(({ origin }) => origin)].map((origin) => new URL(origin).hostname);
  const resolved = hosts.map(async (host) => ({ host, addresses: await resolve(host) }));
  return findWayAroundBroker(entries, await Promise.all(resolved));
}
