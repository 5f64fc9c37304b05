// SPDX-License-Identifier: Apache-2.0
import type { types } from "@pulumi/digitalocean";

import type { Egress } from "./egress.ts";

/** Everywhere, IPv4 and IPv6. */
const anywhere: string[] = ["0.0.0.0/0", "::/0"];

/**
 * What a droplet may dial. A firewall without inbound rules drops everything inbound, and DigitalOcean asks for at
 * least one rule, so these are also what makes the firewall valid. `portRange: "all"` is the form that does not drift.
 * Destinations of `egress` are added for ports that are not open anyway; who on the droplet may dial them is up to the
 * droplet's own firewall.
 */
export function outboundRules(egress: readonly Egress[] = []): types.input.FirewallOutboundRule[] {
  return [
    // Control plane, DERP relays and model providers.
    { protocol: "tcp", portRange: "443", destinationAddresses: anywhere },
    // Debian's security updates; packages are signed.
    { protocol: "tcp", portRange: "80", destinationAddresses: anywhere },
    { protocol: "tcp", portRange: "53", destinationAddresses: anywhere },
    // WireGuard peers and STUN sit on any port; DNS and NTP are UDP too.
    { protocol: "udp", portRange: "all", destinationAddresses: anywhere },
    ...egressRules(egress.filter(({ port }) => ![443, 80, 53].includes(port))),
  ];
}

function egressRules(egress: readonly Egress[]): types.input.FirewallOutboundRule[] {
  const ports = [...new Set(egress.map(({ port }) => port))].sort((a, b) => a - b);
  return ports.map((port) => ({
    protocol: "tcp",
    portRange: String(port),
    destinationAddresses: egress.filter((one) => one.port === port).map(({ range }) => range),
  }));
}
