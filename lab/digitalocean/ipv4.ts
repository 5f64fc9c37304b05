// SPDX-License-Identifier: Apache-2.0

/** A range of IPv4 addresses; `start` and `end` are the first and last address as numbers. */
export interface Ipv4Range {
  readonly start: number;
  readonly end: number;
  readonly prefixLength: number;
}

/** The address as a number, or undefined when the text is no dotted quad without leading zeros. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part))) return undefined;
  const octets = parts.map(Number);
  return octets.every((octet) => octet <= 255) ? octets.reduce((sum, octet) => sum * 256 + octet, 0) : undefined;
}

/** The dotted quad of an address. */
export function renderIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");
}

/** Parses a CIDR; undefined when it is none. Bits behind the prefix may be set and are ignored. */
export function parseIpv4Cidr(text: string): Ipv4Range | undefined {
  const [address = "", prefix = "", ...rest] = text.split("/");
  const number = parseIpv4(address);
  if (number === undefined || rest.length > 0 || !/^(0|[1-9][0-9]?)$/.test(prefix)) return undefined;
  const prefixLength = Number(prefix);
  if (prefixLength > 32) return undefined;
  const size = 2 ** (32 - prefixLength);
  const start = number - (number % size);
  return { start, end: start + size - 1, prefixLength };
}

/** The CIDR of a range. */
export function renderIpv4Cidr(range: Ipv4Range): string {
  return `${renderIpv4(range.start)}/${range.prefixLength}`;
}

/** The netmask of a range, for example "255.255.240.0". */
export function netmaskOf(range: Ipv4Range): string {
  return renderIpv4(2 ** 32 - 2 ** (32 - range.prefixLength));
}

export function isWithin(inner: Ipv4Range, outer: Ipv4Range): boolean {
  return inner.start >= outer.start && inner.end <= outer.end;
}

export function isOverlapping(a: Ipv4Range, b: Ipv4Range): boolean {
  return a.start <= b.end && b.start <= a.end;
}
