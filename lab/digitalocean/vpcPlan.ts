// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { unprocessable } from "./apiError.ts";
import {
  type Ipv4Range,
  isOverlapping,
  isWithin,
  netmaskOf,
  parseIpv4Cidr,
  renderIpv4,
  renderIpv4Cidr,
} from "./ipv4.ts";
import type { Ipv4Assignment } from "./machines.ts";
import { findRegion } from "./regions.ts";
import type { AccountState, VpcRecord } from "./state.ts";

/** A VPC to make. */
export interface VpcToAdd {
  readonly name: string;
  readonly description: string;
  readonly region: string;
  /** CIDR. @default a free /20 */
  readonly ipRange?: string | undefined;
  readonly createdAt: string;
}

const privateRanges = ranges("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16");
/** The cloud itself uses these. */
const reservedRanges = ranges("10.244.0.0/16", "10.245.0.0/16", "10.246.0.0/24");
const largestPrefix = 16;
const smallestPrefix = 28;
const automaticSize = 2 ** (32 - 20);

/** Adds a VPC; the first one of a region is its default. @throws ApiError 422 when its range cannot be had. */
export function addVpc(state: AccountState, wanted: VpcToAdd): VpcRecord {
  const range = wanted.ipRange === undefined || wanted.ipRange === "" ? freeRange(state) : readRange(wanted.ipRange);
  checkOverlap(state, range);
  const vpc: VpcRecord = {
    id: randomUUID(),
    name: wanted.name,
    description: wanted.description,
    region: wanted.region,
    ipRange: renderIpv4Cidr(range),
    isDefault: defaultVpc(state, wanted.region) === undefined,
    createdAt: wanted.createdAt,
  };
  state.vpcs.set(vpc.id, vpc);
  return vpc;
}

/** The VPC that droplets of a region land in when they name none. */
export function defaultVpc(state: AccountState, region: string): VpcRecord | undefined {
  return [...state.vpcs.values()].find((vpc) => vpc.region === region && vpc.isDefault);
}

/** The default VPC of a region, made now if the region was never used. */
export function ensureDefaultVpc(state: AccountState, region: string, createdAt: string): VpcRecord {
  const name = `default-${region}`;
  return defaultVpc(state, region) ?? addVpc(state, { name, description: "", region, createdAt });
}

/** @throws ApiError 422 when the name is none or is taken. */
export function checkVpcName(state: AccountState, name: string): void {
  if (!/^[a-zA-Z0-9.-]{1,255}$/.test(name)) throw unprocessable("name may only hold alphanumerics, dashes and periods");
  const isTaken = [...state.vpcs.values()].some((vpc) => vpc.name === name);
  if (isTaken) throw unprocessable("VPC name already exists");
}

/** @throws ApiError 422 when it is too long. */
export function checkVpcDescription(description: string): void {
  if (description.length > 255) throw unprocessable("description may hold 255 characters at most");
}

/** @throws ApiError 422 when there is no such region. */
export function checkVpcRegion(region: string): void {
  if (findRegion(region)?.available !== true) throw unprocessable("region is not available");
}

/** The next free private address of a VPC. @throws ApiError 422 when none is left. */
export function assignPrivateIpv4(state: AccountState, vpc: VpcRecord): Ipv4Assignment {
  const range = rangeOf(vpc);
  const used = new Set([...state.droplets.values()].map((droplet) => droplet.privateIpv4.address));
  // The first address is the network's, the second the gateway's, the last one the broadcast address.
  for (let candidate = range.start + 2; candidate < range.end; candidate += 1) {
    const address = renderIpv4(candidate);
    if (!used.has(address)) return { address, netmask: netmaskOf(range), gateway: renderIpv4(range.start + 1) };
  }
  throw unprocessable("no address is left in the VPC");
}

function readRange(text: string): Ipv4Range {
  const range = parseIpv4Cidr(text);
  if (range === undefined || text.split("/")[0] !== renderIpv4(range.start)) {
    throw unprocessable("ip_range must be a network in CIDR notation");
  }
  if (range.prefixLength < largestPrefix || range.prefixLength > smallestPrefix) {
    throw unprocessable(`ip_range must be between /${largestPrefix} and /${smallestPrefix}`);
  }
  if (!privateRanges.some((outer) => isWithin(range, outer))) throw unprocessable("ip_range must be a private range");
  if (reservedRanges.some((reserved) => isOverlapping(range, reserved))) throw unprocessable("ip_range is reserved");
  return range;
}

function checkOverlap(state: AccountState, range: Ipv4Range): void {
  const other = [...state.vpcs.values()].find((vpc) => isOverlapping(rangeOf(vpc), range));
  if (other === undefined) return;
  throw unprocessable(
    `This range/size overlaps with another VPC network in your account: ${other.name} ${other.ipRange}.`,
  );
}

function freeRange(state: AccountState): Ipv4Range {
  const used = [...state.vpcs.values()].map(rangeOf).concat(reservedRanges);
  const [space] = ranges("10.100.0.0/14");
  for (let start = space?.start ?? 0; start < 0x0b000000; start += automaticSize) {
    const candidate = { start, end: start + automaticSize - 1, prefixLength: 20 };
    if (!used.some((range) => isOverlapping(range, candidate))) return candidate;
  }
  throw unprocessable("no IP range is left for another VPC");
}

function rangeOf(vpc: VpcRecord): Ipv4Range {
  const range = parseIpv4Cidr(vpc.ipRange);
  if (range === undefined) throw new Error(`cannot use VPC "${vpc.id}": its range "${vpc.ipRange}" is no CIDR`);
  return range;
}

function ranges(...texts: readonly string[]): readonly Ipv4Range[] {
  return texts.map(parseIpv4Cidr).filter((range) => range !== undefined);
}
