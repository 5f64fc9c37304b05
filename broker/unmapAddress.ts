// SPDX-License-Identifier: Apache-2.0

/** The IPv4 address inside an IPv4-mapped IPv6 address; tailscaled does not know callers by the mapped form. */
export function unmapAddress(address: string): string {
  if (!address.startsWith("::")) return address;
  return address.replace(/^::ffff:(?=\d{1,3}(?:\.\d{1,3}){3}$)/i, "");
}
