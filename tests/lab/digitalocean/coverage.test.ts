// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { manualClock } from "../../../lab/digitalocean/clock.ts";
import { Coverage } from "../../../lab/digitalocean/coverage.ts";
import { type CloudFirewall, instantMachines } from "../../../lab/digitalocean/machines.ts";
import {
  type AccountState,
  type DropletRecord,
  emptyState,
  type FirewallRecord,
} from "../../../lab/digitalocean/state.ts";

const tags = ["red", "Blue", "green"];
const firewallNames = ["f1", "f2", "f3"];

type Step =
  | { readonly kind: "create"; readonly tag: string }
  | { readonly kind: "delete"; readonly index: number }
  | { readonly kind: "tag" | "untag"; readonly index: number; readonly tag: string }
  | { readonly kind: "put"; readonly name: string; readonly tags: readonly string[]; readonly index: number }
  | { readonly kind: "remove"; readonly name: string }
  | { readonly kind: "wait"; readonly milliseconds: number };

const tag = fc.constantFrom(...tags);
const index = fc.nat(4);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("create" as const), tag }),
  fc.record({ kind: fc.constant("delete" as const), index }),
  fc.record({ kind: fc.constantFrom("tag" as const, "untag" as const), index, tag }),
  fc.record({ kind: fc.constant("put" as const), name: fc.constantFrom(...firewallNames), tags: fc.array(tag), index }),
  fc.record({ kind: fc.constant("remove" as const), name: fc.constantFrom(...firewallNames) }),
  fc.record({ kind: fc.constant("wait" as const), milliseconds: fc.nat(150) }),
);

function dropletWith(id: number, tagName: string): DropletRecord {
  return {
    id,
    uuid: `uuid-${id}`,
    name: `d${id}`,
    status: "active",
    locked: false,
    deleting: false,
    createdAt: "2026-01-01T00:00:00Z",
    imageId: 1,
    imageView: {},
    sizeSlug: "s-1vcpu-1gb",
    disk: 25,
    regionSlug: "nyc3",
    vpcId: "vpc",
    tags: [tagName],
    userData: null,
    sshKeys: [],
    monitoring: false,
    dropletAgent: false,
    publicNetworking: true,
    backupPolicy: null,
    publicIpv4: { address: `198.51.100.${id}`, netmask: "255.255.255.0", gateway: "198.51.100.1" },
    privateIpv4: { address: `10.0.0.${id}`, netmask: "255.255.255.0", gateway: "10.0.0.1" },
    publicIpv6: null,
  };
}

/** A firewall that covers the given tags and droplets and lets in whoever carries the tag "red". */
function firewallWith(name: string, covers: readonly string[], dropletIds: readonly number[]): FirewallRecord {
  return {
    id: name,
    name,
    createdAt: "2026-01-01T00:00:00Z",
    dropletIds: [...dropletIds],
    tags: [...covers],
    inbound: [
      { protocol: "tcp", ports: "22", action: "allow", targets: { addresses: [], tags: ["RED"], dropletIds: [] } },
    ],
    outbound: [],
    applied: new Map(),
    pending: [],
    status: "waiting",
  };
}

/** What a machine must be told, worked out in the plainest way. */
function expected(state: AccountState, droplet: DropletRecord): readonly CloudFirewall[] | null {
  const lower = (names: readonly string[]): string[] => names.map((name) => name.toLowerCase());
  const red = [...state.droplets.values()].filter((other) => lower(other.tags).includes("red"));
  const addresses = red.flatMap(({ publicIpv4, privateIpv4 }) => [
    `${publicIpv4.address}/32`,
    `${privateIpv4.address}/32`,
  ]);
  const covering = [...state.firewalls.values()].filter(
    (firewall) =>
      firewall.dropletIds.includes(droplet.id) ||
      lower(firewall.tags).some((name) => lower(droplet.tags).includes(name)),
  );
  if (covering.length === 0) return null;
  return covering.map(() => ({ inbound: [{ protocol: "tcp", ports: "22", addresses }], outbound: [] }));
}

interface World {
  readonly state: AccountState;
  readonly coverage: Coverage;
  readonly inForce: Map<number, readonly CloudFirewall[] | null>;
  readonly advance: (milliseconds: number) => Promise<void>;
  overlaps: number;
  lastId: number;
}

function makeWorld(): World {
  const state = emptyState();
  const clock = manualClock();
  const inForce = new Map<number, readonly CloudFirewall[] | null>();
  const busy = new Set<number>();
  const applyFirewalls = async (id: number, firewalls: readonly CloudFirewall[] | null): Promise<void> => {
    if (busy.has(id)) world.overlaps += 1;
    busy.add(id);
    await new Promise((resolve) => setImmediate(resolve));
    busy.delete(id);
    inForce.set(id, firewalls);
  };
  const coverage = new Coverage({
    state,
    clock,
    delay: 100,
    machines: { ...instantMachines(), applyFirewalls },
    save: () => undefined,
    onError: (message) => {
      throw new Error(message);
    },
  });
  const world: World = {
    state,
    coverage,
    inForce,
    overlaps: 0,
    lastId: 15,
    advance: (milliseconds) => clock.advance(milliseconds),
  };
  return world;
}

async function perform(world: World, taken: Step): Promise<void> {
  const { state, coverage } = world;
  const nth = (position: number): DropletRecord | undefined => [...state.droplets.values()][position];
  if (taken.kind === "wait") return world.advance(taken.milliseconds);
  if (taken.kind === "create") {
    world.lastId += 1;
    const id = world.lastId;
    state.droplets.set(id, dropletWith(id, taken.tag));
  } else if (taken.kind === "delete") {
    const droplet = nth(taken.index);
    if (droplet === undefined) return;
    state.droplets.delete(droplet.id);
    world.inForce.delete(droplet.id);
    coverage.forget(droplet.id);
    return;
  } else if (taken.kind === "put") {
    const droplet = nth(taken.index);
    state.firewalls.set(taken.name, {
      ...firewallWith(taken.name, taken.tags, droplet === undefined ? [] : [droplet.id]),
      applied: state.firewalls.get(taken.name)?.applied ?? new Map<number, string>(),
    });
  } else if (taken.kind === "remove") {
    state.firewalls.delete(taken.name);
  } else {
    const droplet = nth(taken.index);
    if (droplet === undefined) return;
    const others = droplet.tags.filter((name) => name !== taken.tag);
    droplet.tags = taken.kind === "tag" ? [...others, taken.tag] : others;
  }
  coverage.refresh();
}

describe("Coverage", () => {
  it("brings every machine in line with the firewalls, whatever happened before, and says when it is done", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const world = makeWorld();
        for (const taken of steps) await perform(world, taken);
        await world.advance(1000);
        for (const droplet of world.state.droplets.values()) {
          expect(world.inForce.get(droplet.id)).toEqual(expected(world.state, droplet));
        }
        for (const firewall of world.state.firewalls.values()) {
          expect([firewall.status, firewall.pending]).toEqual(["succeeded", []]);
        }
        expect(world.overlaps).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});
