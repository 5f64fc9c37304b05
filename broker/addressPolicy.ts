// SPDX-License-Identifier: Apache-2.0
import { BlockList, isIP } from "node:net";

/** Says whether the broker may connect to an IP address. */
export type AddressPolicy = (address: string) => boolean;

const DENIED_IPV4: readonly (readonly [network: string, prefix: number])[] = [
  ["0.0.0.0", 8], // "this" network: connects to the own machine
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // carrier-grade NAT, where tailnets live
  ["127.0.0.0", 8], // loopback
  ["169.254.0.0", 16], // link-local, with the cloud's metadata service
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments
  ["192.168.0.0", 16], // private
  ["198.18.0.0", 15], // benchmarks
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, with broadcast
];
// Outside 2000::/3 nothing is public, so only the exceptions inside it need naming.
const DENIED_IPV6: readonly (readonly [network: string, prefix: number])[] = [
  ["2001::", 32], // Teredo: carries an IPv4 address
  ["2002::", 16], // 6to4: carries an IPv4 address
  ["3fff::", 20], // documentation
];

const denied = new BlockList();
for (const [network, prefix] of DENIED_IPV4) denied.addSubnet(network, prefix, "ipv4");
for (const [network, prefix] of DENIED_IPV6) denied.addSubnet(network, prefix, "ipv6");
const publicIpv6 = new BlockList();
publicIpv6.addSubnet("2000::", 3, "ipv6");

/** Allows public addresses and the IPv4 documentation ranges (which no real machine has), and denies everything else. */
export const publicAddresses: AddressPolicy = (address) => {
  const family = isIP(address);
  if (family === 4) return !denied.check(address, "ipv4");
  return family === 6 && publicIpv6.check(address, "ipv6") && !denied.check(address, "ipv6");
};
