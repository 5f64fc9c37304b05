// SPDX-License-Identifier: Apache-2.0
import type { Ipv4Assignment } from "./machines.ts";
import type { Metadata } from "./metadata.ts";

/** One path of the metadata service: a folder with children, or a value. The root also has everything as one object. */
export interface MetadataNode {
  readonly children?: ReadonlyMap<string, MetadataNode>;
  readonly text?: string;
  readonly json?: object;
}

/** What is served to one droplet under /metadata/v1. */
export function metadataTree(metadata: Metadata): MetadataNode {
  return {
    json: renderJson(metadata),
    children: folder({
      id: value(String(metadata.dropletId)),
      hostname: value(metadata.hostname),
      ...(metadata.userData !== null && { "user-data": value(metadata.userData) }),
      "vendor-data": value(""),
      "public-keys": value(metadata.publicKeys.join("\n")),
      region: value(metadata.region),
      interfaces: { children: interfaces(metadata) },
      dns: { children: folder({ nameservers: value(metadata.nameservers.join("\n")) }) },
      floating_ip: { children: folder({ ipv4: { children: folder({ active: value("false") }) } }) },
      reserved_ip: { children: folder({ ipv4: { children: folder({ active: value("false") }) } }) },
      tags: value(metadata.tags.join("\n")),
      features: { children: folder({ dhcp_enabled: value("false") }) },
    }),
  };
}

function value(text: string): MetadataNode {
  return { text };
}

function folder(children: Readonly<Record<string, MetadataNode>>): ReadonlyMap<string, MetadataNode> {
  return new Map(Object.entries(children));
}

/** One interface of each kind, "0", as folders of values. */
function interfaces({ publicIpv4, publicIpv6, privateIpv4 }: Metadata): ReadonlyMap<string, MetadataNode> {
  const only = (children: Readonly<Record<string, MetadataNode>>): MetadataNode => ({
    children: folder({ 0: { children: folder(children) } }),
  });
  const ipv4 = (assignment: Ipv4Assignment): MetadataNode => ({
    children: folder({
      address: value(assignment.address),
      netmask: value(assignment.netmask),
      gateway: value(assignment.gateway),
    }),
  });
  const ipv6 = publicIpv6 && {
    children: folder({
      address: value(publicIpv6.address),
      cidr: value(String(publicIpv6.prefixLength)),
      gateway: value(publicIpv6.gateway),
    }),
  };
  return folder({
    ...(publicIpv4 !== null && {
      public: only({
        ipv4: ipv4(publicIpv4),
        ...(ipv6 !== null && { ipv6 }),
        mac: value(macOf(publicIpv4.address)),
        type: value("public"),
      }),
    }),
    private: only({ ipv4: ipv4(privateIpv4), mac: value(macOf(privateIpv4.address)), type: value("private") }),
  });
}

function renderJson(metadata: Metadata): object {
  const { publicIpv4, publicIpv6, privateIpv4 } = metadata;
  const ipv4 = ({ address, netmask, gateway }: Ipv4Assignment): object => ({ ip_address: address, netmask, gateway });
  const outside = publicIpv4 && {
    ipv4: ipv4(publicIpv4),
    ...(publicIpv6 !== null && {
      ipv6: { ip_address: publicIpv6.address, cidr: publicIpv6.prefixLength, gateway: publicIpv6.gateway },
    }),
    mac: macOf(publicIpv4.address),
    type: "public",
  };
  return {
    droplet_id: metadata.dropletId,
    hostname: metadata.hostname,
    ...(metadata.userData !== null && { user_data: metadata.userData }),
    vendor_data: "",
    public_keys: metadata.publicKeys,
    region: metadata.region,
    interfaces: {
      ...(outside !== null && { public: [outside] }),
      private: [{ ipv4: ipv4(privateIpv4), mac: macOf(privateIpv4.address), type: "private" }],
    },
    floating_ip: { ipv4: { active: false } },
    reserved_ip: { ipv4: { active: false } },
    dns: { nameservers: metadata.nameservers },
    tags: metadata.tags,
    features: { dhcp_enabled: false },
  };
}

/** A locally administered address made of the IPv4 address. */
function macOf(address: string): string {
  const octets = address.split(".").map((octet) => Number(octet).toString(16).padStart(2, "0"));
  return ["02", "00", ...octets].join(":");
}
