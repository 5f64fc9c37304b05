// SPDX-License-Identifier: Apache-2.0
import type { AgentArgs } from "./agent.ts";
import { type Egress, egressForm, parseEgress } from "./egress.ts";
import { isTailnetEndpoint, tailnetEndpointForm } from "./tailnetEndpoint.ts";
import type { UserData } from "./userData.ts";

/** What an agent's droplet is told, and what its firewall has to know of it. */
export interface FirstBootFacts {
  /** All of the user-data but its secrets. */
  readonly facts: Omit<UserData, "authKey" | "enrolment">;
  /** `facts.egress`, read. */
  readonly destinations: readonly Egress[];
}

/**
 * Collects the public part of the user-data. What is not set is left out, so that a new release of the toolkit replaces no droplet for
 * a setting that it does not use.
 *
 * @throws {Error} if a destination, the owner's broker or an operator's key is malformed.
 */
export function firstBootFacts(hostname: string, args: AgentArgs): FirstBootFacts {
  const { providers = ["anthropic"], operatorKeys = [], egress = [], remoteBroker, ssh } = args;
  const customProviders = (args.customProviders ?? []).filter(({ id }) => providers.includes(id));
  const destinations = egress.map(readEgress);
  if (remoteBroker !== undefined && !isTailnetEndpoint(remoteBroker))
    throw new Error(`[remoteBroker] must be ${tailnetEndpointForm}, not "${remoteBroker}"`);
  const wrong = operatorKeys.findIndex((key) => Buffer.from(key, "base64url").length !== 32 || key.length !== 43);
  // A private key in the wrong place must not be shown.
  if (wrong !== -1)
    throw new Error(`[operatorKeys] must be 43 characters of base64url each, which number ${wrong} is not`);
  const facts = {
    hostname,
    tag: args.nodeTag ?? "tag:agent",
    controlUrl: args.controlUrl ?? "https://controlplane.tailscale.com",
    runtime: args.runtime ?? "openclaw",
    providers,
    ...(operatorKeys.length === 0 ? {} : { operatorKeys }),
    ...(customProviders.length === 0 ? {} : { customProviders }),
    ...(remoteBroker === undefined ? {} : { remoteBroker }),
    ...(egress.length === 0 ? {} : { egress }),
    ...(ssh === undefined ? {} : { ssh }),
  };
  return { facts, destinations };
}

function readEgress(text: string): Egress {
  const egress = parseEgress(text);
  if (egress === undefined) throw new Error(`[egress] must be ${egressForm}, not "${text}"`);
  return egress;
}
