// SPDX-License-Identifier: Apache-2.0
import type { Ipv4Assignment, Ipv6Assignment } from "./machines.ts";

/** When a droplet's automatic backups run. */
export interface BackupPolicy {
  readonly plan: "daily" | "weekly";
  /** Start of the window, hours of the day in UTC. */
  readonly hour: number;
  /** Only with the weekly plan. */
  readonly weekday: string | null;
}

/** A droplet. */
export interface DropletRecord {
  readonly id: number;
  /** How VPCs name their members; unrelated to the ID. */
  readonly uuid: string;
  name: string;
  status: "new" | "active" | "off";
  /** An action is under way. */
  locked: boolean;
  /** Deletion is under way; nothing else may be started. */
  deleting: boolean;
  /** RFC 3339, like all times here. */
  readonly createdAt: string;
  imageId: number;
  /** The image as it was shown at creation: it may be deleted while its droplets live on. */
  imageView: object;
  sizeSlug: string;
  /** Gigabytes; a resize may leave it as it was. */
  disk: number;
  readonly regionSlug: string;
  readonly vpcId: string;
  tags: string[];
  readonly userData: string | null;
  readonly sshKeys: readonly string[];
  readonly monitoring: boolean;
  readonly dropletAgent: boolean;
  readonly publicNetworking: boolean;
  backupPolicy: BackupPolicy | null;
  readonly publicIpv4: Ipv4Assignment;
  readonly privateIpv4: Ipv4Assignment;
  publicIpv6: Ipv6Assignment | null;
}

/** Something asynchronous that happens, or happened, to a droplet or an image. */
export interface ActionRecord {
  readonly id: number;
  readonly type: string;
  status: "in-progress" | "completed" | "errored";
  readonly startedAt: string;
  completedAt: string | null;
  readonly resourceId: number;
  readonly resourceType: "droplet" | "image";
  readonly regionSlug: string;
}

/** A base image, snapshot or custom image. */
export interface ImageRecord {
  readonly id: number;
  name: string;
  readonly type: "base" | "snapshot" | "custom";
  distribution: string;
  readonly slug: string | null;
  regions: string[];
  readonly createdAt: string;
  /** Gigabytes. */
  readonly minDiskSize: number;
  readonly sizeGigabytes: number;
  description: string;
  tags: string[];
  status: "NEW" | "available";
  /** The droplet a snapshot was taken of; null for images that are no snapshots. */
  readonly dropletId: number | null;
}

/** An SSH key of the account. */
export interface SshKeyRecord {
  readonly id: number;
  name: string;
  readonly publicKey: string;
  readonly fingerprint: string;
}

/** Where a firewall rule's traffic comes from or goes to. */
export interface FirewallTargets {
  readonly addresses: readonly string[];
  readonly tags: readonly string[];
  readonly dropletIds: readonly number[];
}

/** A firewall rule as stored. */
export interface FirewallRuleRecord {
  readonly protocol: "tcp" | "udp" | "icmp";
  /** "0" for all. */
  readonly ports: string;
  readonly action: "allow" | "deny";
  readonly targets: FirewallTargets;
}

/** A cloud firewall. */
export interface FirewallRecord {
  readonly id: string;
  name: string;
  readonly createdAt: string;
  dropletIds: number[];
  tags: string[];
  inbound: FirewallRuleRecord[];
  outbound: FirewallRuleRecord[];
  /** Droplet ID to a print of the rules that were last applied there. */
  applied: Map<number, string>;
  pending: { readonly dropletId: number; readonly removing: boolean }[];
  status: "waiting" | "succeeded" | "failed";
}

/** A tag; its key in the state is the name in lower case. */
export interface TagRecord {
  /** With the capitalisation of its first use. */
  readonly name: string;
  lastDroplet: number | null;
  lastImage: number | null;
}

/** A private network. */
export interface VpcRecord {
  readonly id: string;
  name: string;
  description: string;
  readonly region: string;
  /** CIDR. */
  readonly ipRange: string;
  isDefault: boolean;
  readonly createdAt: string;
}

/** A project. */
export interface ProjectRecord {
  readonly id: string;
  name: string;
  description: string;
  purpose: string;
  environment: string;
  isDefault: boolean;
  readonly createdAt: string;
  updatedAt: string;
  /** URN to the time of its assignment. */
  resources: Map<string, string>;
}

/** Everything the account owns. */
export interface AccountState {
  readonly droplets: Map<number, DropletRecord>;
  readonly actions: Map<number, ActionRecord>;
  readonly images: Map<number, ImageRecord>;
  readonly sshKeys: Map<number, SshKeyRecord>;
  readonly firewalls: Map<string, FirewallRecord>;
  readonly tags: Map<string, TagRecord>;
  readonly vpcs: Map<string, VpcRecord>;
  readonly projects: Map<string, ProjectRecord>;
  /** The last numeric ID given to each kind; IDs are never used twice. */
  readonly lastIds: Map<"droplet" | "action" | "image" | "sshKey", number>;
  /** The public address given last, so that a freed one is used again as late as possible. */
  readonly lastPublicIpv4: Map<"address", number>;
}

/** An account that owns nothing, not even base images. */
export function emptyState(): AccountState {
  return {
    droplets: new Map(),
    actions: new Map(),
    images: new Map(),
    sshKeys: new Map(),
    firewalls: new Map(),
    tags: new Map(),
    vpcs: new Map(),
    projects: new Map(),
    lastIds: new Map([
      ["droplet", 510_000_000],
      ["action", 2_200_000_000],
      ["image", 190_000_000],
      ["sshKey", 45_000_000],
    ]),
    lastPublicIpv4: new Map(),
  };
}
