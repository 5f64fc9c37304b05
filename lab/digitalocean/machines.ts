// SPDX-License-Identifier: Apache-2.0

/** One IPv4 address of a droplet, as the API and the metadata service show it. */
export interface Ipv4Assignment {
  readonly address: string;
  readonly netmask: string;
  readonly gateway: string;
}

/** One public IPv6 address of a droplet. */
export interface Ipv6Assignment {
  readonly address: string;
  /** Bits, for example 64. */
  readonly prefixLength: number;
  readonly gateway: string;
}

/** What a machine backend needs to boot a droplet; everything else the machine asks from the metadata service. */
export interface MachineSpec {
  readonly dropletId: number;
  readonly name: string;
  readonly imageId: number;
  /** Reserved, but not to be reachable, when `publicNetworking` is false. */
  readonly publicIpv4: Ipv4Assignment;
  readonly privateIpv4: Ipv4Assignment;
  /** @default undefined: no IPv6 */
  readonly publicIpv6?: Ipv6Assignment;
  /** @default true */
  readonly publicNetworking?: boolean;
}

/** One rule of a cloud firewall with tags, droplets and load balancers already resolved to addresses. */
export interface FirewallRule {
  readonly protocol: "tcp" | "udp" | "icmp";
  /** "0" for all ports (always so for icmp), else "22" or "8000-9000". */
  readonly ports: string;
  /** CIDRs, IPv4 and IPv6: sources of an inbound rule, destinations of an outbound one. May be empty: matches nothing. */
  readonly addresses: readonly string[];
}

/** What one cloud firewall allows; everything else is dropped. */
export interface CloudFirewall {
  readonly inbound: readonly FirewallRule[];
  readonly outbound: readonly FirewallRule[];
}

/**
 * The place where droplets run. Calls about one droplet never overlap, except `applyFirewalls`, which may come at any
 * time between the first call and `destroy` and never overlaps itself.
 */
export interface MachineBackend {
  /** Resolves when the machine has booted (the droplet becomes "active"); a rejection makes the action "errored". */
  create(machine: MachineSpec): Promise<void>;
  /** Graceful; resolves when the machine is off. */
  shutdown(dropletId: number): Promise<void>;
  /** A power cut. */
  powerOff(dropletId: number): Promise<void>;
  powerOn(dropletId: number): Promise<void>;
  reboot(dropletId: number): Promise<void>;
  /** Everything of the machine is gone afterwards; must not fail for one that was never created. */
  destroy(dropletId: number): Promise<void>;
  /**
   * Called on every change of what covers the droplet, and before `create` with what covers it from the start.
   * `null`: no firewall covers it, so everything is open. Several firewalls: what any of them allows is allowed.
   */
  applyFirewalls(dropletId: number, firewalls: readonly CloudFirewall[] | null): Promise<void>;
}

/** Machines that boot at once and exist only as a name: for tests that need no droplet inside. */
export function instantMachines(): MachineBackend {
  const done = (): Promise<void> => Promise.resolve();
  return {
    create: done,
    shutdown: done,
    powerOff: done,
    powerOn: done,
    reboot: done,
    destroy: done,
    applyFirewalls: done,
  };
}
