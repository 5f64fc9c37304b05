// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { parseEgress, readEgress } from "../../protocol/egress.ts";
import { isTailnetAddress, readTailnetEndpoint } from "../../protocol/tailnetAddress.ts";

describe("a rule for egress", () => {
  it.each([
    ["140.82.112.0/20:443", { family: "ipv4", address: "140.82.112.0", prefix: 20, port: 443 }],
    ["203.0.113.7/32:65535", { family: "ipv4", address: "203.0.113.7", prefix: 32, port: 65_535 }],
    ["8.0.0.0/8:1", { family: "ipv4", address: "8.0.0.0", prefix: 8, port: 1 }],
    ["[2606:50c0::/32]:443", { family: "ipv6", address: "2606:50c0::", prefix: 32, port: 443 }],
    ["[2001:db8::1/128]:22", { family: "ipv6", address: "2001:db8::1", prefix: 128, port: 22 }],
  ])("reads %s", (text, rule) => {
    expect(parseEgress(text)).toEqual(rule);
    expect(readEgress(text, "egress")).toBe(text);
  });

  it.each([
    ["everything", "0.0.0.0/0:443"],
    ["half of everything", "128.0.0.0/1:443"],
    ["all of IPv6", "[::/0]:443"],
    ["too much of IPv6", "[2000::/3]:443"],
    ["the metadata service", "169.254.169.254/32:80"],
    ["a range around the metadata service", "169.0.0.0/8:80"],
    ["loopback", "127.0.0.1/32:7440"],
    ["IPv6 loopback", "[::1/128]:7440"],
    ["loopback as a mapped address", "[::ffff:127.0.0.1/128]:80"],
    ["a mapped range", "[::ffff:0:0/96]:80"],
    ["the tailnet", "100.64.0.0/10:443"],
    ["one node", "100.100.100.100/32:80"],
    ["a range around the tailnet", "100.0.0.0/8:443"],
    ["the IPv6 tailnet", "[fd7a:115c:a1e0::/48]:443"],
    ["a range around the IPv6 tailnet", "[fd7a::/16]:443"],
    ["IPv6 link-local", "[fe80::1/128]:443"],
    ["multicast", "224.0.0.1/32:443"],
    ["this network", "0.0.0.0/8:443"],
    ["a translated IPv4 address", "[64:ff9b::7f00:1/128]:80"],
    ["port 0", "8.8.8.8/32:0"],
    ["a port with a zero", "8.8.8.8/32:0443"],
    ["a port above all", "8.8.8.8/32:65536"],
    ["no port", "8.8.8.8/32"],
    ["a range of ports", "8.8.8.8/32:1-65535"],
    ["no prefix", "8.8.8.8:443"],
    ["a prefix that is too long", "8.8.8.8/33:443"],
    ["a name", "example.com:443"],
    ["an octal address", "010.0.0.1/32:443"],
    ["an injected rule", "8.8.8.8/32:443; accept"],
    ["a line feed", "8.8.8.8/32:443\n"],
    ["an interface", "[fe80::1%eth0/128]:443"],
  ])("refuses %s", (_name, text) => {
    expect(() => parseEgress(text)).toThrow("cannot read");
    expect(() => readEgress(text, "egress[0]")).toThrow('cannot read "egress[0]"');
  });

  it("never lets a wide or closed range through, whatever the address", () => {
    const octet = fc.nat(255);
    fc.assert(
      fc.property(octet, octet, octet, octet, fc.nat(32), (a, b, c, d, prefix) => {
        const text = `${a}.${b}.${c}.${d}/${prefix}:443`;
        const isClosed = prefix < 8 || a === 0 || a === 127 || a >= 224;
        fc.pre(isClosed);
        expect(() => parseEgress(text)).toThrow("cannot read");
      }),
      { numRuns: 300 },
    );
  });

  it.each([1, null, ["8.8.8.8/32:443"], {}])("refuses %j", (value) => {
    expect(() => readEgress(value, "e")).toThrow('cannot read "e"');
  });
});

describe("the address of a broker in the tailnet", () => {
  it.each(["100.64.0.9:7441", "100.127.255.254:1", "[fd7a:115c:a1e0::9]:7441"])("may be %s", (text) => {
    expect(readTailnetEndpoint(text, "b")).toBe(text);
  });

  it.each([
    "broker.example:7441",
    "100.63.255.255:7441",
    "100.128.0.0:7441",
    "127.0.0.1:7441",
    "8.8.8.8:443",
    "[::1]:7441",
    "[::ffff:100.64.0.9]:7441",
    "[fd7a:115c:a1e1::9]:7441",
    "fd7a:115c:a1e0::9:7441",
    "100.64.0.9",
    "100.64.0.9:0",
    "100.64.0.9:65536",
    "100.64.0.9:7441/path",
    "user@100.64.0.9:7441",
    "http://100.64.0.9:7441",
    "100.64.0.9:7441\n",
    7441,
    null,
  ])("may not be %j", (value) => {
    expect(() => readTailnetEndpoint(value, "remoteBroker")).toThrow('cannot read "remoteBroker"');
  });

  it("is told by its range alone", () => {
    expect(["100.64.0.1", "fd7a:115c:a1e0::1", "100.128.0.1", "fd7a::1", "x", ""].map(isTailnetAddress)).toEqual([
      ...[true, true],
      ...[false, false, false, false],
    ]);
  });
});
