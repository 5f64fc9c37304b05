// SPDX-License-Identifier: Apache-2.0
import type { Clock } from "./clock.ts";
import { Coverage } from "./coverage.ts";
import { KeyedQueue } from "./keyedQueue.ts";
import type { MachineBackend } from "./machines.ts";
import type { Ipv4Pool } from "./publicAddresses.ts";
import type { AccountState } from "./state.ts";

/** How long things take, in milliseconds. */
export interface Timing {
  /** From the request to the start of the boot. */
  readonly create: number;
  /** Before a power action, a resize, a rename ... takes effect. */
  readonly action: number;
  /** Before a firewall's change reaches the droplets. */
  readonly firewall: number;
  /** Before a deleted droplet is gone. */
  readonly delete: number;
}

/** What a cloud is made of. */
export interface CloudParts {
  readonly state: AccountState;
  readonly clock: Clock;
  readonly timing: Timing;
  readonly machines: MachineBackend;
  readonly publicIpv4Pool: Ipv4Pool;
  readonly dropletLimit: number;
  /** Keeps the state; called after every change. */
  readonly persist: () => void;
  /** Told when a machine did not do what it was asked. */
  readonly onError: (message: string) => void;
}

/** The account, its machines and its clock: what all resource kinds work on. */
export class Cloud {
  readonly state: AccountState;
  readonly clock: Clock;
  readonly timing: Timing;
  readonly machines: MachineBackend;
  readonly publicIpv4Pool: Ipv4Pool;
  readonly dropletLimit: number;
  readonly coverage: Coverage;
  readonly #parts: CloudParts;
  readonly #machineCalls = new KeyedQueue();
  #isOpen = true;

  constructor(parts: CloudParts) {
    this.state = parts.state;
    this.clock = parts.clock;
    this.timing = parts.timing;
    this.machines = parts.machines;
    this.publicIpv4Pool = parts.publicIpv4Pool;
    this.dropletLimit = parts.dropletLimit;
    this.#parts = parts;
    this.coverage = new Coverage({
      state: parts.state,
      clock: parts.clock,
      delay: parts.timing.firewall,
      machines: parts.machines,
      save: () => this.save(),
      onError: (message) => this.report(message),
    });
  }

  /** The present time as RFC 3339 in whole seconds, as the API writes it. */
  now(): string {
    return new Date(this.clock.now()).toISOString().replace(/\.\d+Z$/, "Z");
  }

  nextId(kind: "droplet" | "action" | "image" | "sshKey"): number {
    const id = (this.state.lastIds.get(kind) ?? 0) + 1;
    this.state.lastIds.set(kind, id);
    return id;
  }

  /** Calls a machine after all earlier calls about the same droplet have ended. */
  onMachine(dropletId: number, call: (machines: MachineBackend) => Promise<void>): Promise<void> {
    return this.#machineCalls.run(dropletId, () => call(this.machines));
  }

  save(): void {
    if (this.#isOpen) this.#parts.persist();
  }

  report(message: string): void {
    if (this.#isOpen) this.#parts.onError(message);
  }

  /** From here on nothing is saved or reported any more. */
  close(): void {
    this.#isOpen = false;
  }
}
