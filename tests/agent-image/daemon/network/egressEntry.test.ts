// SPDX-License-Identifier: Apache-2.0
import { parseEgressEntry } from "../../../../agent-image/daemon/network/egressEntry.ts";
import { ParseError } from "../../../../protocol/parseError.ts";

const failure = (text: string): string => {
  try {
    parseEgressEntry(text, "egress[0]");
  } catch (error) {
    if (error instanceof ParseError) return error.message;
    throw error;
  }
  return "taken";
};

describe("an entry of the allow-list", () => {
  it.each([
    ["140.82.112.0/20:443", "140.82.112.0/20", 443],
    ["203.0.113.7/32:22", "203.0.113.7/32", 22],
    ["[2606:50c0::/32]:443", "2606:50c0::/32", 443],
    ["[2001:db8::53/128]:53", "2001:db8::53/128", 53],
    ["9.9.9.9/32:53", "9.9.9.9/32", 53],
  ])("is taken: %s", (text, cidr, port) => {
    expect(parseEgressEntry(text, "egress[0]")).toMatchObject({ text, cidr, port });
  });

  it.each([
    ["10.1.0.0/16:443", /public addresses only/],
    ["172.20.0.0/16:5432", /public addresses only/],
    ["192.168.1.0/24:80", /public addresses only/],
    ["192.0.0.0/24:80", /public addresses only/],
    ["198.18.0.0/15:443", /public addresses only/],
    ["192.160.0.0/12:443", /public addresses only/],
    ["[fc00::/32]:443", /public addresses only/],
    ["[2001::/32]:443", /public addresses only/],
    ["[2002:7f00::/32]:443", /public addresses only/],
    ["100.64.0.9/32:7440", /must be a network/],
    ["127.0.0.1/32:7440", /must be a network/],
    ["169.254.169.254/32:80", /must be a network/],
    ["[fe80::/64]:80", /must be a network/],
    ["[fd7a:115c:a1e0::/64]:7440", /must be a network/],
    ["[::ffff:7f00:0/104]:7440", /must be a network/],
  ])("never reaches private, tailnet, metadata or loopback addresses: %s", (text, expected) => {
    expect(failure(text)).toMatch(expected);
  });

  it.each(["140.0.0.0/8:443", "140.0.0.0/11:443", "[2600::/20]:443", "[2600::/27]:443"])(
    "does not take in a good part of the internet: %s",
    (text) => {
      expect(failure(text)).toMatch(/must not take in more than a \/(?:12|28)$/);
    },
  );

  it.each([
    ["140.82.112.0/20", /must be a network/],
    ["140.82.112.0/20:0", /must be a network/],
    ["140.82.112.0/20:65536", /must be a network/],
    ["140.82.112.0/20:443 }", /must be a network/],
    ["140.82.112.0/20:443\n", /must be a network/],
    ["example.com/32:443", /must be a network/],
    ["140.82.113.0/20:443", /lowest address/],
    ["9.9.9.0/24:53", /single address/],
    ["[2620:fe::/48]:53", /single address/],
  ])("is refused when it says something else: %j", (text, expected) => {
    expect(failure(text)).toMatch(expected);
  });
});
