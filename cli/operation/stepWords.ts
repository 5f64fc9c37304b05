// SPDX-License-Identifier: Apache-2.0
import { isEnrolmentStep } from "../stackState.ts";

/** What is said of a step while it goes on, and once it is over. */
export interface StepWords {
  readonly now: string;
  readonly past: string;
}

/** What people call the resources, in the order in which they are made. */
const LABELS: Readonly<Record<string, string>> = {
  "digitalocean:index/tag:Tag": "tag",
  "digitalocean:index/vpc:Vpc": "VPC",
  "tailscale:index/tailnetKey:TailnetKey": "auth key",
  "digitalocean:index/droplet:Droplet": "droplet",
  "digitalocean:index/firewall:Firewall": "firewall",
  "command:local:Command": "tailnet node",
};

/** The labels of what every agent has. */
export const AGENT_LABELS: readonly string[] = Object.values(LABELS);

const VERBS: Readonly<Record<string, StepWords>> = {
  create: { now: "creating", past: "created" },
  "create-replacement": { now: "creating new", past: "created anew" },
  update: { now: "updating", past: "updated" },
  delete: { now: "deleting", past: "deleted" },
  "delete-replaced": { now: "deleting old", past: "old one deleted" },
  refresh: { now: "checking", past: "checked" },
};

/** What a look at the service has found. */
const FOUND: Readonly<Record<string, string>> = { update: "has changed", delete: "is gone" };

/** Of a resource that is no step of an agent: undefined. */
export function labelOf(type: string, urn: string): string | undefined {
  return isEnrolmentStep(urn) ? "enrolment secret" : LABELS[type];
}

/** Of an operation that does nothing: undefined. */
export function wordsOf(operation: string): StepWords | undefined {
  return VERBS[operation];
}

/** What is said of a step that began with one operation of the engine and ended with another. */
export function pastOf(begun: string, ended: string): string {
  return (begun === "refresh" ? FOUND[ended] : undefined) ?? VERBS[begun]?.past ?? "done";
}
