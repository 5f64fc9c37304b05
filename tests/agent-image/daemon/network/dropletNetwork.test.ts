// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { parseDropletNetwork } from "../../../../agent-image/daemon/network/dropletNetwork.ts";
import { renderNetworkFiles } from "../../../../agent-image/daemon/network/networkFiles.ts";
import { ParseError } from "../../../../protocol/parseError.ts";

const publicInterface = {
  type: "public",
  mac: "04:01:2A:0F:2A:01",
  ipv4: { ip_address: "198.51.100.16", netmask: "255.255.240.0", gateway: "198.51.96.1" },
  ipv6: { ip_address: "2001:db8::16", cidr: 64, gateway: "2001:db8::1" },
  anchor_ipv4: { ip_address: "10.17.0.9", netmask: "255.255.0.0", gateway: "10.17.0.1" },
};
const privateInterface = {
  type: "private",
  mac: "04:01:2a:0f:2a:02",
  ipv4: { ip_address: "10.10.0.2", netmask: "255.255.240.0", gateway: "10.10.0.1" },
};
const metadata = {
  droplet_id: 1,
  hostname: "a1",
  dns: { nameservers: ["67.207.67.2", "2001:db8::53"] },
  interfaces: { public: [publicInterface], private: [privateInterface] },
};

const parse = (value: unknown) => parseDropletNetwork(Buffer.from(JSON.stringify(value)));
const withPublic = (change: object) => ({ ...metadata, interfaces: { public: [{ ...publicInterface, ...change }] } });

describe("the droplet's network", () => {
  it("is read from DigitalOcean's metadata, as far as it is used", () => {
    expect(parse(metadata)).toEqual({
      interfaces: [
        {
          mac: "04:01:2a:0f:2a:01",
          isPublic: true,
          addresses: [
            { address: "198.51.100.16", prefix: 20, gateway: "198.51.96.1" },
            { address: "2001:db8::16", prefix: 64, gateway: "2001:db8::1" },
          ],
        },
        {
          mac: "04:01:2a:0f:2a:02",
          isPublic: false,
          addresses: [{ address: "10.10.0.2", prefix: 20, gateway: "10.10.0.1" }],
        },
      ],
      nameservers: ["67.207.67.2", "2001:db8::53"],
    });
  });

  it("may lack IPv6, a private device and name servers", () => {
    const value = { interfaces: { public: [{ ...publicInterface, ipv6: undefined }] } };
    expect(parse(value)).toMatchObject({ interfaces: [{ addresses: [{ prefix: 20 }] }], nameservers: [] });
  });

  it.each<[string, unknown]>([
    ["no interfaces", { dns: { nameservers: [] } }],
    ["a MAC address with a setting in it", withPublic({ mac: "04:01:2a:0f:2a:01\nDHCP=yes" })],
    [
      "an address with a setting in it",
      withPublic({ ipv6: { ip_address: "fe80::1%a\nDHCP=yes", cidr: 64, gateway: "::1" } }),
    ],
    ["an address with a zone", withPublic({ ipv6: { ip_address: "fe80::1%eth0", cidr: 64, gateway: "2001:db8::1" } })],
    ["an address that is none", withPublic({ ipv4: { ...publicInterface.ipv4, ip_address: "198.51.100.256" } })],
    ["a netmask with a hole", withPublic({ ipv4: { ...publicInterface.ipv4, netmask: "255.0.255.0" } })],
    ["a netmask of zeros", withPublic({ ipv4: { ...publicInterface.ipv4, netmask: "0.0.0.0" } })],
    ["a prefix that is too long", withPublic({ ipv6: { ...publicInterface.ipv6, cidr: 129 } })],
    ["a name server that is a name", { ...metadata, dns: { nameservers: ["dns.example"] } }],
  ])("is refused with %s", (_case, value) => {
    expect(() => parse(value)).toThrow(ParseError);
  });

  it("reads every netmask as the length that it stands for", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 32 }), (prefix) => {
        const bits = "1".repeat(prefix).padEnd(32, "0");
        const netmask = (bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)).join(".");
        const { interfaces } = parse(withPublic({ ipv4: { ...publicInterface.ipv4, netmask } }));
        expect(interfaces[0]?.addresses[0]?.prefix).toBe(prefix);
      }),
    );
  });
});

describe("renderNetworkFiles", () => {
  it("gives the public device its addresses, the default routes and the way to the metadata service", () => {
    const { units, resolver } = renderNetworkFiles(parse(metadata));
    expect([...units.keys()]).toEqual(["10-claws-0.network", "10-claws-1.network"]);
    expect(
      (units.get("10-claws-0.network") ?? "").split("\n").filter((line) => line !== "" && !line.startsWith("#")),
    ).toEqual([
      "[Match]",
      "MACAddress=04:01:2a:0f:2a:01",
      "[Network]",
      "DHCP=no",
      "IPv6AcceptRA=no",
      "LLMNR=no",
      "MulticastDNS=no",
      "LinkLocalAddressing=ipv4",
      "[Address]",
      "Address=198.51.100.16/20",
      "[Address]",
      "Address=2001:db8::16/64",
      "[Route]",
      "Gateway=198.51.96.1",
      "GatewayOnLink=yes",
      "[Route]",
      "Gateway=2001:db8::1",
      "GatewayOnLink=yes",
      "[Route]",
      "Destination=169.254.169.254/32",
      "Scope=link",
    ]);
    expect(resolver).toMatch(/\nnameserver 67\.207\.67\.2\nnameserver 2001:db8::53\n$/);
  });

  it("gives the private device no route out", () => {
    const { units } = renderNetworkFiles(parse(metadata));
    expect(units.get("10-claws-1.network")).not.toMatch(/Gateway|169\.254/);
  });

  it("leaves the resolver alone when there are no name servers", () => {
    expect(renderNetworkFiles(parse({ interfaces: {} }))).toEqual({ units: new Map(), resolver: undefined });
  });
});
