// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import type { CloudFirewall, FirewallRule } from "../../../lab/digitalocean/emulator.ts";
import { renderCloudFirewall } from "../../../lab/network/cloudFirewall.ts";

const target = { link: "d42", address: "198.51.100.16" };
const rule = (protocol: FirewallRule["protocol"], ports: string, addresses: readonly string[]): FirewallRule => ({
  protocol,
  ports,
  addresses,
});

/** The rules of one chain without indentation. */
function chainOf(text: string, name: string): readonly string[] {
  const [, body = ""] =
    new RegExp(`^  chain ${name} \\{\\n([^}]*(?:\\{[^}]*\\}[^}]*)*?)\\n  \\}$`, "m").exec(text) ?? [];
  return body.split("\n").map((line) => line.trim());
}

const render = (firewalls: readonly CloudFirewall[] | null): string => renderCloudFirewall({ ...target, firewalls });
const spoofing = [
  "meta nfproto ipv4 ip saddr != 198.51.100.16 drop",
  "meta nfproto ipv6 ip6 saddr != { fe80::/10, :: } drop",
];
const stateful = [
  "ct state established,related accept",
  "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit } accept",
];
const metadata = "ip daddr 169.254.169.254 accept";

describe("renderCloudFirewall", () => {
  it("replaces the droplet's table in one transaction", () => {
    expect(render(null).split("\n").slice(0, 3)).toEqual([
      "table inet cloud_d42",
      "delete table inet cloud_d42",
      "table inet cloud_d42 {",
    ]);
  });

  it("hooks both directions of the droplet's link, for services in the namespace and for what is routed", () => {
    const text = render(null);
    expect(chainOf(text, "input")).toEqual([
      "type filter hook input priority filter; policy accept;",
      'iifname "d42" jump from_droplet',
    ]);
    expect(chainOf(text, "output")).toEqual([
      "type filter hook output priority filter; policy accept;",
      'oifname "d42" jump to_droplet',
    ]);
    expect(chainOf(text, "forward")).toEqual([
      "type filter hook forward priority filter; policy accept;",
      'iifname "d42" jump from_droplet',
      'oifname "d42" jump to_droplet',
    ]);
  });

  it("leaves everything but forged sources open when no firewall covers the droplet", () => {
    expect(chainOf(render(null), "from_droplet")).toEqual([...spoofing, "accept"]);
    expect(chainOf(render(null), "to_droplet")).toEqual(["accept"]);
  });

  it.each([
    ["an empty list of firewalls", []],
    ["a firewall without rules", [{ inbound: [], outbound: [] }]],
    ["rules without addresses", [{ inbound: [rule("tcp", "22", [])], outbound: [rule("tcp", "0", [])] }]],
  ])("drops both directions, metadata excepted, for %s", (_, firewalls: readonly CloudFirewall[]) => {
    expect(chainOf(render(firewalls), "to_droplet")).toEqual([...stateful, "drop"]);
    expect(chainOf(render(firewalls), "from_droplet")).toEqual([...spoofing, ...stateful, metadata, "drop"]);
  });

  it("admits sources inbound and destinations outbound, of each address family", () => {
    const text = render([
      {
        inbound: [rule("tcp", "22", ["192.0.2.0/24", "2001:db8::/32"]), rule("icmp", "0", ["192.0.2.1", "::/0"])],
        outbound: [rule("udp", "0", ["0.0.0.0/0"]), rule("tcp", "8000-9000", ["::/0"])],
      },
    ]);
    expect(chainOf(text, "to_droplet").slice(2)).toEqual([
      "ip saddr 192.0.2.0/24 tcp dport 22-22 accept",
      "ip6 saddr 2001:db8::/32 tcp dport 22-22 accept",
      "ip saddr 192.0.2.1 meta l4proto icmp accept",
      "ip6 saddr ::/0 meta l4proto ipv6-icmp accept",
      "drop",
    ]);
    expect(chainOf(text, "from_droplet").slice(5)).toEqual([
      "ip daddr 0.0.0.0/0 meta l4proto udp accept",
      "ip6 daddr ::/0 tcp dport 8000-9000 accept",
      "drop",
    ]);
  });

  it("adds up the rules of all firewalls before the one final drop", () => {
    const one = { inbound: [rule("tcp", "1", ["192.0.2.1"])], outbound: [] };
    const two = { inbound: [rule("tcp", "2", ["192.0.2.2"])], outbound: [] };
    expect(chainOf(render([one, two]), "to_droplet").slice(2)).toEqual([
      "ip saddr 192.0.2.1 tcp dport 1-1 accept",
      "ip saddr 192.0.2.2 tcp dport 2-2 accept",
      "drop",
    ]);
  });

  it("lets a droplet with IPv6 send from that address too", () => {
    const text = renderCloudFirewall({ ...target, address6: "2001:db8::4", firewalls: null });
    expect(chainOf(text, "from_droplet")[1]).toBe("meta nfproto ipv6 ip6 saddr != { fe80::/10, ::, 2001:db8::4 } drop");
  });

  it("never writes two closing braces on a line, which nftables 1.0.6 refuses", () => {
    expect(render([{ inbound: [rule("tcp", "1", ["::/0"])], outbound: [] }])).not.toMatch(/\}.*\}/);
  });

  it.each(["", "x", "-1", "0-5", "5-4", "65536", "1-65536", "22,23", "22; drop", "0x16", " 22"])(
    "refuses the ports %j",
    (ports) => {
      expect(() => render([{ inbound: [rule("tcp", ports, ["0.0.0.0/0"])], outbound: [] }])).toThrow(
        `cannot filter the ports "${ports}": neither a port nor a range of ports`,
      );
    },
  );

  it.each(["", "any", "1.2.3", "1.2.3.4/33", "::/129", "1.2.3.4/", "0.0.0.0/0 accept", "fe80::1%eth0"])(
    "refuses the address %j",
    (address) => {
      expect(() => render([{ inbound: [rule("udp", "1", [address])], outbound: [] }])).toThrow(
        `cannot filter the address "${address}": neither an address nor a network`,
      );
    },
  );

  it("refuses what is no protocol, no device name and no address", () => {
    const wrong = { protocol: "sctp", ports: "1", addresses: ["::/0"] } as unknown as FirewallRule;
    expect(() => render([{ inbound: [wrong], outbound: [] }])).toThrow('cannot filter the protocol "sctp": unknown');
    expect(() => renderCloudFirewall({ ...target, link: 'd"; drop', firewalls: null })).toThrow("not a device name");
    expect(() => renderCloudFirewall({ ...target, address: "::1", firewalls: null })).toThrow("not an IPv4 address");
    expect(() => renderCloudFirewall({ ...target, address6: "1.2.3.4", firewalls: null })).toThrow("not IPv6");
  });

  it("writes an accept line for every range and address, and nothing else between state and drop", () => {
    const range = fc
      .tuple(fc.integer({ min: 1, max: 65_535 }), fc.integer({ min: 1, max: 65_535 }))
      .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    fc.assert(
      fc.property(fc.array(fc.tuple(range, fc.array(fc.ipV4(), { maxLength: 3 })), { maxLength: 5 }), (rules) => {
        const inbound = rules.map(([[first, last], addresses]) => rule("tcp", `${first}-${last}`, addresses));
        const wanted = rules.flatMap(([[first, last], addresses]) =>
          addresses.map((address) => `ip saddr ${address} tcp dport ${first}-${last} accept`),
        );
        expect(chainOf(render([{ inbound, outbound: [] }]), "to_droplet")).toEqual([...stateful, ...wanted, "drop"]);
      }),
    );
  });
});
