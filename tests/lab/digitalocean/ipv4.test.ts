// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import {
  isOverlapping,
  isWithin,
  netmaskOf,
  parseIpv4,
  parseIpv4Cidr,
  renderIpv4,
  renderIpv4Cidr,
} from "../../../lab/digitalocean/ipv4.ts";

const address = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const range = fc.tuple(address, fc.integer({ min: 0, max: 32 })).map(([number, prefix]) => {
  const parsed = parseIpv4Cidr(`${renderIpv4(number)}/${prefix}`);
  if (parsed === undefined) throw new Error("not parsed");
  return { number, parsed };
});

describe("parseIpv4", () => {
  it("reads back what renderIpv4 writes, for every address", () => {
    fc.assert(fc.property(address, (number) => parseIpv4(renderIpv4(number)) === number));
  });

  it.each([
    "",
    "1.2.3",
    "1.2.3.4.5",
    "256.0.0.1",
    "01.2.3.4",
    "1.2.3.-4",
    "1.2.3.4 ",
    " 1.2.3.4",
    "1.2.3.0x4",
    "a.b.c.d",
    "1..2.3",
  ])('takes "%s" for no address', (text) => {
    expect(parseIpv4(text)).toBeUndefined();
  });

  it("never throws and accepts only dotted quads", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const number = parseIpv4(text);
        return number === undefined || renderIpv4(number) === text;
      }),
    );
  });
});

describe("parseIpv4Cidr", () => {
  it("finds the first and last address", () => {
    expect(parseIpv4Cidr("10.1.2.3/20")).toEqual({ start: 0x0a010000, end: 0x0a010fff, prefixLength: 20 });
    expect(parseIpv4Cidr("0.0.0.0/0")).toEqual({ start: 0, end: 0xffffffff, prefixLength: 0 });
    expect(parseIpv4Cidr("255.255.255.255/32")).toEqual({ start: 0xffffffff, end: 0xffffffff, prefixLength: 32 });
  });

  it.each(["10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0/8", "/8"])(
    'takes "%s" for no range',
    (text) => {
      expect(parseIpv4Cidr(text)).toBeUndefined();
    },
  );

  it("always holds the address it was written with, in a range of the right size", () => {
    fc.assert(
      fc.property(range, ({ number, parsed }) => {
        expect(parsed.start).toBeLessThanOrEqual(number);
        expect(parsed.end).toBeGreaterThanOrEqual(number);
        expect(parsed.end - parsed.start + 1).toBe(2 ** (32 - parsed.prefixLength));
        expect(parsed.start % 2 ** (32 - parsed.prefixLength)).toBe(0);
      }),
    );
  });

  it("reads back what renderIpv4Cidr writes", () => {
    fc.assert(
      fc.property(range, ({ parsed }) => {
        expect(parseIpv4Cidr(renderIpv4Cidr(parsed))).toEqual(parsed);
      }),
    );
  });
});

describe("ranges", () => {
  it("overlap exactly when one lies within the other, as CIDR blocks do", () => {
    fc.assert(
      fc.property(range, range, ({ parsed: a }, { parsed: b }) => {
        expect(isOverlapping(a, b)).toBe(isWithin(a, b) || isWithin(b, a));
        expect(isOverlapping(a, b)).toBe(isOverlapping(b, a));
      }),
    );
  });

  it.each([
    ["10.0.0.0/8", "255.0.0.0"],
    ["10.100.0.0/20", "255.255.240.0"],
    ["10.0.0.16/28", "255.255.255.240"],
    ["1.2.3.4/32", "255.255.255.255"],
    ["0.0.0.0/0", "0.0.0.0"],
  ])("%s has netmask %s", (text, netmask) => {
    const parsed = parseIpv4Cidr(text);
    expect(parsed && netmaskOf(parsed)).toBe(netmask);
  });
});
