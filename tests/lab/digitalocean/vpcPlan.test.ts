// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { ApiError } from "../../../lab/digitalocean/apiError.ts";
import { isOverlapping, parseIpv4Cidr } from "../../../lab/digitalocean/ipv4.ts";
import { type AccountState, emptyState } from "../../../lab/digitalocean/state.ts";
import { addVpc, ensureDefaultVpc } from "../../../lab/digitalocean/vpcPlan.ts";

const createdAt = "2026-01-01T00:00:00Z";
const range = fc.oneof(
  fc.constant(undefined),
  fc
    .tuple(fc.constantFrom("10", "172", "192", "8"), fc.nat(255), fc.nat(255), fc.integer({ min: 8, max: 32 }))
    .map(([first, second, third, prefix]) => `${first}.${second}.${third}.0/${prefix}`),
);

function tryToAdd(state: AccountState, name: string, ipRange: string | undefined): boolean {
  try {
    addVpc(state, { name, description: "", region: "nyc3", ipRange, createdAt });
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 422) return false;
    throw error;
  }
}

describe("addVpc", () => {
  it("never lets two ranges overlap, never leaves the private ranges, and always finds room for one more", () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 40 }), (wanted) => {
        const state = emptyState();
        wanted.forEach((ipRange, index) => {
          const isAdded = tryToAdd(state, `v${index}`, ipRange);
          expect(isAdded || ipRange !== undefined).toBe(true);
        });
        const ranges = [...state.vpcs.values()].map((vpc) => parseIpv4Cidr(vpc.ipRange));
        for (const [index, a] of ranges.entries()) {
          if (a === undefined) throw new Error("no range");
          expect(a.prefixLength).toBeGreaterThanOrEqual(16);
          expect(a.prefixLength).toBeLessThanOrEqual(28);
          for (const b of ranges.slice(index + 1)) expect(b !== undefined && isOverlapping(a, b)).toBe(false);
        }
      }),
    );
  });

  it("makes exactly one default a region", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("nyc3", "fra1"), { minLength: 1 }), (regions) => {
        const state = emptyState();
        regions.forEach((region, index) => addVpc(state, { name: `v${index}`, description: "", region, createdAt }));
        for (const region of new Set(regions)) {
          const defaults = [...state.vpcs.values()].filter((vpc) => vpc.region === region && vpc.isDefault);
          expect(defaults).toHaveLength(1);
        }
      }),
    );
  });

  it("says so when all of the space is used", () => {
    const state = emptyState();
    for (let second = 100; second < 256; second += 1) tryToAdd(state, `v${second}`, `10.${second}.0.0/16`);
    // What is left lies beside the reserved ranges.
    while (tryToAdd(state, `rest-${state.vpcs.size}`, undefined)) expect(state.vpcs.size).toBeLessThan(1000);
    expect(() => addVpc(state, { name: "one-more", description: "", region: "nyc3", createdAt })).toThrow(
      "no IP range is left for another VPC",
    );
  });
});

describe("ensureDefaultVpc", () => {
  it("makes one and finds it again", () => {
    const state = emptyState();
    const made = ensureDefaultVpc(state, "nyc3", createdAt);
    expect(made).toMatchObject({ name: "default-nyc3", region: "nyc3", isDefault: true, ipRange: "10.100.0.0/20" });
    expect(ensureDefaultVpc(state, "nyc3", createdAt)).toBe(made);
  });
});
