// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { publicAddresses } from "../../broker/addressPolicy.ts";

describe("publicAddresses", () => {
  it.each([
    "160.79.104.10",
    "104.18.7.192",
    "203.0.113.20",
    "198.51.100.2",
    "2606:4700::6812:7c0",
    "100.63.255.255",
    "100.128.0.1",
    "172.32.0.1",
  ])("allows %s", (address) => {
    expect(publicAddresses(address)).toBe(true);
  });

  it.each([
    "0.0.0.0",
    "0.1.2.3",
    "10.1.2.3",
    "100.64.0.1",
    "100.100.100.100",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:160.79.104.10",
    "::ffff:7f00:1",
    "64:ff9b::7f00:1",
    "2001::1",
    "2002:7f00:1::",
    "fc00::1",
    "fd7a:115c:a1e0::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "",
    "localhost",
    "127.1",
    "0x7f000001",
    "2130706433",
    "127.0.0.1%lo",
  ])("denies %j", (address) => {
    expect(publicAddresses(address)).toBe(false);
  });

  it("denies every address of a private network", () => {
    const octet = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(octet, octet, octet, (b, c, d) => {
        expect(publicAddresses(`10.${b}.${c}.${d}`)).toBe(false);
        expect(publicAddresses(`127.${b}.${c}.${d}`)).toBe(false);
        expect(publicAddresses(`::ffff:${b}.${c}.${d}.1`)).toBe(false);
        expect(publicAddresses(`fd00::${b.toString(16)}:${c.toString(16)}`)).toBe(false);
      }),
    );
  });
});
