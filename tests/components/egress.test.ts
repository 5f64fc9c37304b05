// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";

import { parseEgress } from "../../components/egress.ts";
import { isTailnetEndpoint } from "../../components/tailnetEndpoint.ts";
import { parseEgressEntry } from "../../agent-image/daemon/network/egressEntry.ts";
import { readEgress } from "../../protocol/egress.ts";
import { readTailnetEndpoint } from "../../protocol/tailnetAddress.ts";

/** Whether the droplet's own parser takes it. */
function dropletTakes(reader: (value: unknown, path: string) => unknown, text: string): boolean {
  try {
    reader(text, "");
    return true;
  } catch {
    return false;
  }
}

describe("parseEgress", () => {
  it.each([
    ["140.82.112.0/20:443", "140.82.112.0/20", 443],
    ["140.82.112.3/32:22", "140.82.112.3/32", 22],
    ["8.0.0.0/12:65535", "8.0.0.0/12", 65_535],
    ["9.9.9.9/32:53", "9.9.9.9/32", 53],
    ["[2606:50c0::/32]:443", "2606:50c0::/32", 443],
    ["[2606:50c0::1/128]:1", "2606:50c0::1/128", 1],
  ])("reads %s", (text, range, port) => {
    expect(parseEgress(text)).toEqual({ range, port });
    expect(dropletTakes(readEgress, text)).toBe(true);
  });

  it.each([
    ["everybody", "0.0.0.0/0:443"],
    ["everybody over IPv6", "[::/0]:443"],
    ["half of everybody", "128.0.0.0/1:443"],
    ["a range that is too wide", "8.0.0.0/11:443"],
    ["a range of IPv6 that is too wide", "[2600::/27]:443"],
    ["a private network", "10.1.0.0/16:443"],
    ["a neighbour's private network", "172.16.5.0/24:443"],
    ["the router at home", "192.168.1.1/32:443"],
    ["an IPv6 address that is not global", "[fc00::1/128]:443"],
    ["an IPv6 address that carries one of IPv4", "[2002:7f00:1::/48]:443"],
    ["many name servers at once", "9.9.9.0/24:53"],
    ["many name servers at once over IPv6", "[2620:fe::/64]:53"],
    ["this machine", "127.0.0.1/32:7440"],
    ["this machine over IPv6", "[::1/128]:7440"],
    ["this machine as IPv6 writes IPv4", "[::ffff:0:0/96]:7440"],
    ["this machine behind a translator", "[64:ff9b::/96]:7440"],
    ["the metadata service", "169.254.169.254/32:80"],
    ["a range that holds the metadata service", "169.0.0.0/8:80"],
    ["another agent", "100.64.0.3/32:7440"],
    ["a range that holds the tailnet", "100.0.0.0/8:7440"],
    ["another agent over IPv6", "[fd7a:115c:a1e0::3/128]:7440"],
    ["a range that holds the tailnet over IPv6", "[fd7a::/16]:7440"],
    ["a neighbour's link", "[fe80::/64]:80"],
    ["a group", "224.0.0.0/8:80"],
    ["bits behind the length", "140.82.112.1/20:443"],
    ["bits behind the length over IPv6", "[2606:50c0::1/32]:443"],
    ["no length", "140.82.112.0:443"],
    ["a length that is written oddly", "140.82.112.0/020:443"],
    ["a length that is too long", "140.82.112.0/33:443"],
    ["no port", "140.82.112.0/20"],
    ["port 0", "140.82.112.0/20:0"],
    ["no port that exists", "140.82.112.0/20:65536"],
    ["all ports", "140.82.112.0/20:*"],
    ["a name", "github.com/20:443"],
    ["a number with zeros in front", "140.082.112.0/20:443"],
    ["IPv6 without brackets", "2606:50c0::/32:443"],
    ["a rule inside the rule", "140.82.112.0/20:443 }; flush ruleset; {"],
    ["a second line", "140.82.112.0/20:443\n"],
    ["nothing", ""],
  ])("refuses %s: %s", (_, text) => {
    expect(parseEgress(text)).toBeUndefined();
  });

  it("takes nothing that the droplet would refuse at its first boot", () => {
    const byte = fc.integer({ min: 0, max: 255 });
    const four = fc
      .tuple(byte, byte, byte, byte, fc.integer({ min: 0, max: 33 }), fc.integer({ min: 0, max: 70_000 }))
      .map(([a, b, c, d, length, port]) => `${a}.${b}.${c}.${d}/${length}:${port}`);
    const six = fc
      .tuple(fc.ipV6(), fc.integer({ min: 0, max: 129 }), fc.integer({ min: 0, max: 70_000 }))
      .map(([address, length, port]) => `[${address}/${length}]:${port}`);
    fc.assert(
      fc.property(fc.oneof(four, six, fc.string()), (text) => {
        return (
          parseEgress(text) === undefined ||
          (dropletTakes(readEgress, text) && dropletTakes((value, path) => parseEgressEntry(String(value), path), text))
        );
      }),
      { numRuns: 2000 },
    );
  });
});

describe("isTailnetEndpoint", () => {
  it.each(["100.64.0.9:7441", "100.127.255.254:1", "[fd7a:115c:a1e0::9]:7441"])("takes %s", (text) => {
    expect(isTailnetEndpoint(text)).toBe(true);
    expect(dropletTakes(readTailnetEndpoint, text)).toBe(true);
  });

  it.each([
    ...["broker.tailnet.ts.net:7441", "192.168.0.9:7441", "127.0.0.1:7441", "100.128.0.1:7441", "100.63.255.255:7441"],
    ...["100.64.0.9", "100.64.0.9:0", "100.64.0.9:65536", "fd7a:115c:a1e0::9:7441", "[fd7b:115c:a1e0::9]:7441"],
    ...[
      "[100.64.0.9]:7441",
      "http://100.64.0.9:7441",
      "100.64.0.9:7441/x",
      "u@100.64.0.9:7441",
      "[::ffff:100.64.0.9]:7441",
      "",
    ],
  ])("refuses %j", (text) => {
    expect(isTailnetEndpoint(text)).toBe(false);
    expect(dropletTakes(readTailnetEndpoint, text)).toBe(false);
  });
});
