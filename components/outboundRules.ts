// SPDX-License-Identifier: Apache-2.0
import type { types } from "@pulumi/digitalocean";

/** Everywhere, IPv4 and IPv6. */
const anywhere: string[] = ["0.0.0.0/0", "::/0"];

/**
 * What a droplet may dial. A firewall without inbound rules drops everything inbound, and DigitalOcean asks for at
 * least one rule, so these are also what makes the firewall valid. `portRange: "all"` is the form that does not drift.
 */
export function outboundRules(): types.input.FirewallOutboundRule[] {
  return [
    // Control plane, DERP relays and model providers.
    { protocol: "tcp", portRange: "443", destinationAddresses: anywhere },
    // Debian's security updates; packages are signed.
    { protocol: "tcp", portRange: "80", destinationAddresses: anywhere },
    { protocol: "tcp", portRange: "53", destinationAddresses: anywhere },
    // WireGuard peers and STUN sit on any port; DNS and NTP are UDP too.
    { protocol: "udp", portRange: "all", destinationAddresses: anywhere },
  ];
}
