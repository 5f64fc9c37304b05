// SPDX-License-Identifier: Apache-2.0
import { isIPv4, isIPv6 } from "node:net";

/** All addresses that share a prefix. */
export interface AddressRange {
  readonly family: 4 | 6;
  /** The lowest address, as a number. */
  readonly first: bigint;
  /** Bits of the address that all have in common. */
  readonly prefix: number;
}

/** The range of an address and the length of its prefix. @returns undefined for what is none, also for an address that is not its lowest */
export function addressRange(address: string, prefix: number): AddressRange | undefined {
  const range = rangeAt(address, prefix);
  return range !== undefined && range.first % (1n << BigInt(freeBits(range))) === 0n ? range : undefined;
}

/** The range of one address. @returns undefined for a text that is no address */
export function singleAddress(address: string): AddressRange | undefined {
  return rangeAt(address, isIPv4(address) ? 32 : 128);
}

/** Whether two ranges have an address in common. Ranges nest or lie apart, so it is enough to compare the shorter prefix. */
export function overlap(one: AddressRange, other: AddressRange): boolean {
  if (one.family !== other.family) return false;
  const shift = BigInt(Math.max(freeBits(one), freeBits(other)));
  return one.first >> shift === other.first >> shift;
}

/** Whether every address of `inner` is in `outer`. */
export function contains(outer: AddressRange, inner: AddressRange): boolean {
  return outer.prefix <= inner.prefix && overlap(outer, inner);
}

function rangeAt(address: string, prefix: number): AddressRange | undefined {
  if (isIPv4(address) && prefix <= 32) return { family: 4, first: numberOfIpv4(address), prefix };
  // No zone ("%eth0") and no dotted tail: one way to write an address is enough.
  if (isIPv6(address) && /^[0-9a-f:]+$/i.test(address) && prefix <= 128) {
    return { family: 6, first: numberOfIpv6(address), prefix };
  }
  return undefined;
}

function freeBits({ family, prefix }: AddressRange): number {
  return (family === 4 ? 32 : 128) - prefix;
}

function numberOfIpv4(address: string): bigint {
  return address.split(".").reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

function numberOfIpv6(address: string): bigint {
  const [head = "", tail] = address.split("::");
  const left = head.split(":").filter((group) => group !== "");
  const right = (tail ?? "").split(":").filter((group) => group !== "");
  const zeros = Array<string>(tail === undefined ? 0 : 8 - left.length - right.length).fill("0");
  return [...left, ...zeros, ...right].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}
