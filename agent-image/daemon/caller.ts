// SPDX-License-Identifier: Apache-2.0
import type { AuditCaller } from "../../protocol/auditEntry.ts";
import { parseControlRules, type ControlRule } from "../../protocol/capability.ts";
import type { SelfNode } from "./tailnetStatus.ts";
import type { Whois } from "./whois.ts";

/** Why a caller may do nothing at all; for the journal, not for the caller. */
export type CallerFault =
  | "unknown-node"
  | "own-node"
  | "own-node-untagged"
  | "other-agent"
  | "shared-node"
  | "expired-node"
  | "foreign-address"
  | "malformed-capability"
  | "no-capability";

/** A caller with what it may do. */
export interface Caller {
  /** For the audit log. */
  readonly identity: AuditCaller;
  /** Empty when there is a fault. */
  readonly rules: readonly ControlRule[];
  readonly fault: CallerFault | null;
}

/** What a caller is judged against. */
export interface CallerContext {
  readonly self: SelfNode;
  /** Tag that the own node must carry and that no operator carries. */
  readonly agentTag: string;
}

/** Turns tailscaled's word on a peer address into a caller. Nothing that the caller sent itself is looked at. */
export function judgeCaller(address: string, whois: Whois | undefined, context: CallerContext): Caller {
  if (whois === undefined) {
    return { identity: { nodeId: "", name: "", address, login: null, tags: [] }, rules: [], fault: "unknown-node" };
  }
  const { nodeId, name, login, tags } = whois;
  const identity = { nodeId, name, address, login, tags };
  const fault = findNodeFault(address, whois, context);
  return fault === undefined ? withRules(identity, whois.capability) : { identity, rules: [], fault };
}

function findNodeFault(address: string, whois: Whois, { self, agentTag }: CallerContext): CallerFault | undefined {
  // A process on this droplet that dials the tailnet address never meets the tailnet's packet filter and wears the droplet's identity.
  if (whois.nodeId === self.nodeId) return "own-node";
  // An untagged droplet would be its owner in the eyes of every other machine, and its owner's grants would reach it.
  if (!self.tags.includes(agentTag)) return "own-node-untagged";
  if (whois.tags.includes(agentTag)) return "other-agent";
  if (whois.isShared) return "shared-node";
  if (whois.isExpired) return "expired-node";
  return whois.addresses.includes(address) ? undefined : "foreign-address";
}

function withRules(identity: AuditCaller, capability: readonly unknown[]): Caller {
  try {
    const rules = parseControlRules(capability);
    return { identity, rules, fault: rules.length === 0 ? "no-capability" : null };
  } catch {
    return { identity, rules: [], fault: "malformed-capability" };
  }
}
