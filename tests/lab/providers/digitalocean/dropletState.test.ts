// SPDX-License-Identifier: Apache-2.0
import { parseDroplet, parseImage } from "../../../../lab/providers/digitalocean/dropletState.ts";
import type { PropertyMap } from "../../../../lab/providers/engine/propertyValue.ts";

const found: PropertyMap = {
  ...{ id: 42, name: "a1", status: "active", locked: false, memory: 1024, vcpus: 1, disk: 25, vpc_uuid: "v" },
  region: { slug: "nyc3" },
  size: { slug: "s-1vcpu-1gb", price_hourly: 0.00893, price_monthly: 6 },
  image: { id: 7, slug: null },
  networks: {
    v4: [
      { ip_address: "10.1.0.2", type: "private" },
      { ip_address: "198.51.100.16", type: "public" },
    ],
    v6: [{ ip_address: "2001:DB8::1", type: "public" }],
  },
  ...{ features: ["ipv6", "monitoring"], tags: ["a", ""], volume_ids: [], created_at: "2026-01-01T00:00:00Z" },
};

describe("parseDroplet", () => {
  it("reads everything but the image and the user-data", () => {
    expect(parseDroplet(found)).toEqual({
      ...{
        name: "a1",
        dropletUrn: "do:droplet:42",
        region: "nyc3",
        size: "s-1vcpu-1gb",
        status: "active",
        locked: false,
      },
      ...{
        priceHourly: 0.00893,
        priceMonthly: 6,
        disk: 25,
        vcpus: 1,
        memory: 1024,
        vpcUuid: "v",
        volumeIds: [],
        tags: ["a"],
      },
      ...{
        ipv4Address: "198.51.100.16",
        ipv4AddressPrivate: "10.1.0.2",
        ipv6Address: "2001:db8::1",
        publicNetworking: true,
      },
      ...{ backups: false, ipv6: true, privateNetworking: false, monitoring: true, createdAt: "2026-01-01T00:00:00Z" },
    });
  });

  it("has no public network without a public address, and keeps features it is not told", () => {
    const { features: _features, ...rest } = found;
    const outputs = parseDroplet({ ...rest, networks: { v4: [], v6: null } });
    expect(outputs).toMatchObject({ ipv4Address: "", ipv6Address: "", publicNetworking: false });
    expect(outputs).not.toHaveProperty("ipv6");
    expect(_features).toHaveLength(2);
  });

  it.each(["region", "size", "networks"])("fails where the official provider crashes: without %s", (name) => {
    expect(() => parseDroplet({ ...found, [name]: null })).toThrow(
      `the API's answer has no object "${name}", which the official provider needs`,
    );
  });

  it("reads an image by its slug, or its ID when it has none", () => {
    expect(parseImage(found)).toBe("7");
    expect(parseImage({ image: { id: 7, slug: "debian-13-x64" } })).toBe("debian-13-x64");
  });
});
