// SPDX-License-Identifier: Apache-2.0
import type { DropletInterface, DropletNetwork } from "./dropletNetwork.ts";

/** The files that systemd-networkd and the resolver read: path, relative to the folder for each kind, and text. */
export interface NetworkFiles {
  /** By file name in /run/systemd/network. */
  readonly units: ReadonlyMap<string, string>;
  /** Text of /etc/resolv.conf; undefined when the metadata service names no name server. */
  readonly resolver: string | undefined;
}

const header = "# Made by claws-network.service from the metadata service, at each boot.\n";

/** Renders a droplet's network for systemd-networkd. The names sort before the one in the image, so these win. */
export function renderNetworkFiles({ interfaces, nameservers }: DropletNetwork): NetworkFiles {
  const units = interfaces.map((one, index) => [`10-claws-${index}.network`, renderUnit(one)] as const);
  const resolver = nameservers.map((address) => `nameserver ${address}\n`).join("");
  return { units: new Map(units), resolver: resolver === "" ? undefined : header + resolver };
}

function renderUnit({ mac, isPublic, addresses }: DropletInterface): string {
  const lines = ["[Match]", `MACAddress=${mac}`, "", "[Network]", "DHCP=no", "IPv6AcceptRA=no", "LLMNR=no"];
  lines.push("MulticastDNS=no", `LinkLocalAddressing=${isPublic ? "ipv4" : "no"}`);
  for (const { address, prefix } of addresses) lines.push("", "[Address]", `Address=${address}/${prefix}`);
  if (isPublic) {
    for (const { gateway } of addresses) lines.push("", "[Route]", `Gateway=${gateway}`, "GatewayOnLink=yes");
    // The metadata service is on this very link.
    lines.push("", "[Route]", "Destination=169.254.169.254/32", "Scope=link");
  }
  return `${header}${lines.join("\n")}\n`;
}
