// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { isIPv6 } from "node:net";
import { ApiError } from "../../../lab/digitalocean/apiError.ts";
import { assignPublicIpv4, documentationPool, publicIpv6Of } from "../../../lab/digitalocean/publicAddresses.ts";
import { emptyState } from "../../../lab/digitalocean/state.ts";

describe("assignPublicIpv4", () => {
  it("goes through the pool in order and begins again", () => {
    const state = emptyState();
    const pool = { ...documentationPool, first: "198.51.100.16", last: "198.51.100.18" };
    const given = Array.from({ length: 4 }, () => assignPublicIpv4(state, pool).address);
    expect(given).toEqual(["198.51.100.16", "198.51.100.17", "198.51.100.18", "198.51.100.16"]);
  });

  it("goes on within a pool that was changed since", () => {
    const state = emptyState();
    assignPublicIpv4(state, documentationPool);
    const pool = { first: "192.0.2.5", last: "192.0.2.6", netmask: "255.255.255.255", gateway: "192.0.2.1" };
    expect(["192.0.2.5", "192.0.2.6"]).toContain(assignPublicIpv4(state, pool).address);
    expect(assignPublicIpv4(state, pool)).toMatchObject({ netmask: "255.255.255.255", gateway: "192.0.2.1" });
  });

  it.each([
    ["198.51.100.20", "198.51.100.19"],
    ["198.51.100", "198.51.100.19"],
    ["198.51.100.1", "::1"],
  ])("fails loudly for a pool from %s to %s", (first, last) => {
    const assign = (): unknown => assignPublicIpv4(emptyState(), { ...documentationPool, first, last });
    expect(assign).toThrow(`cannot use address pool "${first}-${last}": it is no range of IPv4 addresses`);
    expect(assign).not.toThrow(ApiError);
  });
});

describe("publicIpv6Of", () => {
  it("gives each droplet an address of its own in the documentation range", () => {
    const id = fc.integer({ min: 1, max: 0xffffffff });
    fc.assert(
      fc.property(id, id, (a, b) => {
        const addresses = [a, b].map((dropletId) => publicIpv6Of(dropletId).address);
        expect(addresses.every((address) => isIPv6(address) && address.startsWith("2001:db8:"))).toBe(true);
        expect(addresses[0] === addresses[1]).toBe(a === b);
      }),
    );
  });
});
