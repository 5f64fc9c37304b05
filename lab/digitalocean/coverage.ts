// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "./clock.ts";
import { KeyedQueue } from "./keyedQueue.ts";
import type { CloudFirewall, FirewallRule, MachineBackend } from "./machines.ts";
import type { AccountState, DropletRecord, FirewallRecord, FirewallRuleRecord } from "./state.ts";
import { isTagged } from "./tagNames.ts";

/** What the coverage works with. */
export interface CoverageParts {
  readonly state: AccountState;
  readonly clock: Clock;
  /** Milliseconds before a change reaches the machines. */
  readonly delay: number;
  readonly machines: MachineBackend;
  readonly save: () => void;
  readonly onError: (message: string) => void;
}

/** Keeps the machines' packet filters the same as what the account's firewalls say about them. */
export class Coverage {
  readonly #parts: CoverageParts;
  readonly #calls = new KeyedQueue();
  /** Droplet ID to a print of all that covers its machine. */
  readonly #inForce = new Map<number, string>();
  readonly #failed = new Set<number>();

  constructor(parts: CoverageParts) {
    this.#parts = parts;
  }

  /** The firewalls that cover a droplet, by its ID or by one of its tags. */
  covering(droplet: DropletRecord): readonly FirewallRecord[] {
    return [...this.#parts.state.firewalls.values()].filter((firewall) => isCovered(firewall, droplet));
  }

  /** To be called after every change to firewalls, tags or droplets: brings the machines in line after the delay. */
  refresh(): void {
    this.#failed.clear();
    this.#updatePending();
    const isInForce = this.#droplets().every((droplet) => this.#inForce.get(droplet.id) === this.#print(droplet));
    if (!isInForce) this.#parts.clock.after(this.#parts.delay, () => void this.#applyAll());
  }

  /** Brings one machine in line at once; does nothing when it is. @throws what the machine throws. */
  apply(dropletId: number): Promise<void> {
    return this.#calls.run(dropletId, async () => {
      const droplet = this.#parts.state.droplets.get(dropletId);
      if (droplet === undefined) return;
      const print = this.#print(droplet);
      const covering = this.covering(droplet);
      const prints = new Map(covering.map((firewall) => [firewall.id, JSON.stringify(this.#resolve(firewall))]));
      if (this.#inForce.get(dropletId) !== print) {
        const firewalls = covering.map((firewall) => this.#resolve(firewall));
        await this.#parts.machines.applyFirewalls(dropletId, firewalls.length === 0 ? null : firewalls);
      }
      this.#inForce.set(dropletId, print);
      this.#record(dropletId, prints);
    });
  }

  /** To be called when a machine was made anew and knows nothing: the next `apply` tells it all again. */
  machineIsNew(dropletId: number): void {
    this.#inForce.delete(dropletId);
  }

  /** To be called when a droplet is gone: nothing may be left of it in any firewall. */
  forget(dropletId: number): void {
    this.#inForce.delete(dropletId);
    for (const firewall of this.#parts.state.firewalls.values()) {
      firewall.dropletIds = firewall.dropletIds.filter((id) => id !== dropletId);
      firewall.inbound = firewall.inbound.map((rule) => withoutTarget(rule, dropletId));
      firewall.outbound = firewall.outbound.map((rule) => withoutTarget(rule, dropletId));
      firewall.applied.delete(dropletId);
    }
    this.refresh();
  }

  async #applyAll(): Promise<void> {
    await Promise.all(this.#droplets().map((droplet) => this.#tryToApply(droplet.id)));
    this.#updatePending();
    this.#parts.save();
  }

  async #tryToApply(dropletId: number): Promise<void> {
    try {
      await this.apply(dropletId);
    } catch (error) {
      this.#failed.add(dropletId);
      this.#parts.onError(`cannot apply firewalls to droplet "${dropletId}": ${String(error)}`);
    }
  }

  #droplets(): readonly DropletRecord[] {
    return [...this.#parts.state.droplets.values()];
  }

  #record(dropletId: number, prints: ReadonlyMap<string, string>): void {
    for (const firewall of this.#parts.state.firewalls.values()) {
      const print = prints.get(firewall.id);
      if (print === undefined) firewall.applied.delete(dropletId);
      else firewall.applied.set(dropletId, print);
    }
  }

  #updatePending(): void {
    for (const firewall of this.#parts.state.firewalls.values()) {
      const print = JSON.stringify(this.#resolve(firewall));
      firewall.pending = this.#droplets().flatMap((droplet) => {
        const wanted = isCovered(firewall, droplet) ? print : undefined;
        const isPending = firewall.applied.get(droplet.id) !== wanted;
        return isPending ? [{ dropletId: droplet.id, removing: wanted === undefined }] : [];
      });
      const isFailed = firewall.pending.some(({ dropletId }) => this.#failed.has(dropletId));
      firewall.status = isFailed ? "failed" : firewall.pending.length > 0 ? "waiting" : "succeeded";
    }
  }

  #print(droplet: DropletRecord): string {
    return JSON.stringify(this.covering(droplet).map((firewall) => this.#resolve(firewall)));
  }

  #resolve(firewall: FirewallRecord): CloudFirewall {
    const resolve = (rules: readonly FirewallRuleRecord[]): readonly FirewallRule[] =>
      rules.filter((rule) => rule.action === "allow").map((rule) => this.#resolveRule(rule));
    return { inbound: resolve(firewall.inbound), outbound: resolve(firewall.outbound) };
  }

  #resolveRule({ protocol, ports, targets }: FirewallRuleRecord): FirewallRule {
    const members = this.#droplets().filter(
      (droplet) => targets.dropletIds.includes(droplet.id) || targets.tags.some((tag) => isTagged(droplet, tag)),
    );
    const addresses = [...targets.addresses.map(withPrefix), ...members.flatMap(addressesOf)];
    return { protocol, ports, addresses: [...new Set(addresses)] };
  }
}

function isCovered(firewall: FirewallRecord, droplet: DropletRecord): boolean {
  return firewall.dropletIds.includes(droplet.id) || firewall.tags.some((tag) => isTagged(droplet, tag));
}

function withoutTarget(rule: FirewallRuleRecord, dropletId: number): FirewallRuleRecord {
  const dropletIds = rule.targets.dropletIds.filter((id) => id !== dropletId);
  return { ...rule, targets: { ...rule.targets, dropletIds } };
}

function withPrefix(address: string): string {
  if (address.includes("/")) return address;
  return address.includes(":") ? `${address}/128` : `${address}/32`;
}

function addressesOf(droplet: DropletRecord): readonly string[] {
  const { publicIpv4, privateIpv4, publicIpv6, publicNetworking } = droplet;
  return [
    ...(publicNetworking ? [`${publicIpv4.address}/32`] : []),
    `${privateIpv4.address}/32`,
    ...(publicNetworking && publicIpv6 !== null ? [`${publicIpv6.address}/128`] : []),
  ];
}
