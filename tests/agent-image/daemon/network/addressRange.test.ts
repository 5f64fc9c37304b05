// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { BlockList } from "node:net";
import { addressRange, contains, overlap, singleAddress } from "../../../../agent-image/daemon/network/addressRange.ts";

const range = (text: string) => {
  const [address = "", prefix] = text.split("/");
  const found = addressRange(address, Number(prefix));
  if (found === undefined) throw new Error(`no range: ${text}`);
  return found;
};

describe("an address range", () => {
  it.each([
    ["140.82.112.0", 20, { family: 4, first: 0x8c527000n, prefix: 20 }],
    ["0.0.0.0", 0, { family: 4, first: 0n, prefix: 0 }],
    ["203.0.113.7", 32, { family: 4, first: 0xcb007107n, prefix: 32 }],
    ["2606:50c0::", 32, { family: 6, first: 0x260650c0n << 96n, prefix: 32 }],
    ["::", 0, { family: 6, first: 0n, prefix: 0 }],
    ["2001:db8:0:1:2:3:4:5", 128, { family: 6, first: 0x20010db8000000010002000300040005n, prefix: 128 }],
    ["2001:db8::5", 128, { family: 6, first: 0x20010db8000000000000000000000005n, prefix: 128 }],
  ])("is read from %s/%d", (address, prefix, expected) => {
    expect(addressRange(address, prefix)).toEqual(expected);
  });

  it.each([
    ["140.82.113.0", 20],
    ["2606:50c0::1", 32],
    ["140.82.112.0", 33],
    ["2606:50c0::", 129],
    ["::ffff:140.82.112.0", 128],
    ["fe80::1%eth0", 128],
    ["localhost", 8],
    ["", 0],
  ])("is not read from %s/%d", (address, prefix) => {
    expect(addressRange(address, prefix)).toBeUndefined();
  });

  it("of one address has all its bits", () => {
    expect(singleAddress("203.0.113.7")?.prefix).toBe(32);
    expect(singleAddress("2001:db8::5")?.prefix).toBe(128);
    expect(singleAddress("example.com")).toBeUndefined();
  });

  it.each([
    ["10.0.0.0/8", "10.1.0.0/16", true],
    ["10.1.0.0/16", "10.0.0.0/8", true],
    ["10.0.0.0/9", "10.128.0.0/9", false],
    ["0.0.0.0/0", "::/0", false],
    ["2000::/3", "2606:50c0::/32", true],
    ["2000::/3", "fc00::/7", false],
  ])("%s and %s have addresses in common: %s", (one, other, expected) => {
    expect(overlap(range(one), range(other))).toBe(expected);
  });

  it("contains what is inside it and not what it is inside of", () => {
    expect(contains(range("10.0.0.0/8"), range("10.1.0.0/16"))).toBe(true);
    expect(contains(range("10.1.0.0/16"), range("10.0.0.0/8"))).toBe(false);
    expect(contains(range("10.1.0.0/16"), range("10.1.0.0/16"))).toBe(true);
  });

  it("agrees with Node about which addresses are in it", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 1, max: 32 }), (network, address, prefix) => {
        const list = new BlockList();
        list.addSubnet(network, prefix, "ipv4");
        const single = singleAddress(network);
        const wide = { family: 4, prefix, first: single?.first ?? 0n } as const;
        const inner = singleAddress(address);
        expect(inner !== undefined && contains(wide, inner)).toBe(list.check(address, "ipv4"));
      }),
    );
  });
});
