// SPDX-License-Identifier: Apache-2.0
import { isIPv4, isIPv6 } from "node:net";
import { ParseError } from "../../../protocol/parseError.ts";
import { parseJson } from "../../../protocol/parseJson.ts";
import { optional, readList, readObject, readText, readWhole, type Reader } from "../../../protocol/shape.ts";

/** An address with what belongs to it. */
export interface AssignedAddress {
  readonly address: string;
  /** Length of the network's prefix in bits. */
  readonly prefix: number;
  readonly gateway: string;
}

/** One network device of the droplet. */
export interface DropletInterface {
  /** In lower case, with colons. */
  readonly mac: string;
  /** Only a public device has a default route. */
  readonly isPublic: boolean;
  readonly addresses: readonly AssignedAddress[];
}

/** How the metadata service wants the droplet's network. */
export interface DropletNetwork {
  readonly interfaces: readonly DropletInterface[];
  readonly nameservers: readonly string[];
}

/** DigitalOcean's own form, as far as it is used here. */
interface MetadataIpv4 {
  readonly ip_address: string;
  readonly netmask: string;
  readonly gateway: string;
}
interface MetadataIpv6 {
  readonly ip_address: string;
  readonly cidr: number;
  readonly gateway: string;
}
interface MetadataInterface {
  readonly mac: string;
  readonly ipv4: MetadataIpv4 | undefined;
  readonly ipv6: MetadataIpv6 | undefined;
}
interface Metadata {
  readonly interfaces: {
    readonly public: readonly MetadataInterface[] | undefined;
    readonly private: readonly MetadataInterface[] | undefined;
  };
  readonly dns: { readonly nameservers: readonly string[] } | undefined;
}

const others = { others: "ignore" } as const;

const readIpv4 = readAddress(isIPv4, "an IPv4 address");
const readIpv6 = readAddress(isIPv6, "an IPv6 address");
const readAny = readAddress((text) => isIPv4(text) || isIPv6(text), "an IP address");

const readInterfaces = optional(
  readList(
    readObject<MetadataInterface>(
      {
        mac: readText(17, /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i, "a MAC address"),
        ipv4: optional(
          readObject<MetadataIpv4>({ ip_address: readIpv4, netmask: readIpv4, gateway: readIpv4 }, others),
        ),
        ipv6: optional(
          readObject<MetadataIpv6>({ ip_address: readIpv6, cidr: readWhole(1), gateway: readIpv6 }, others),
        ),
      },
      others,
    ),
    16,
  ),
);

const readMetadata = readObject<Metadata>(
  {
    interfaces: readObject({ public: readInterfaces, private: readInterfaces }, others),
    dns: optional(readObject({ nameservers: readList(readAny, 16) }, others)),
  },
  others,
);

/**
 * Parses `/metadata/v1.json` of DigitalOcean's metadata service.
 *
 * @throws ParseError if a part that is needed is not there or not well-formed: its values end up in configuration files.
 */
export function parseDropletNetwork(bytes: Uint8Array): DropletNetwork {
  const { interfaces, dns } = readMetadata(parseJson(bytes), "");
  return {
    interfaces: [
      ...(interfaces.public ?? []).map((one) => toInterface(one, true)),
      ...(interfaces.private ?? []).map((one) => toInterface(one, false)),
    ],
    nameservers: dns?.nameservers ?? [],
  };
}

function toInterface({ mac, ipv4, ipv6 }: MetadataInterface, isPublic: boolean): DropletInterface {
  const addresses: AssignedAddress[] = [];
  if (ipv4 !== undefined) {
    addresses.push({ address: ipv4.ip_address, prefix: prefixOf(ipv4.netmask), gateway: ipv4.gateway });
  }
  if (ipv6 !== undefined) {
    if (ipv6.cidr > 128) throw new ParseError("cidr", "must not be longer than 128 bits");
    addresses.push({ address: ipv6.ip_address, prefix: ipv6.cidr, gateway: ipv6.gateway });
  }
  return { mac: mac.toLowerCase(), isPublic, addresses };
}

/** Length of the prefix that a netmask such as 255.255.240.0 stands for. */
function prefixOf(netmask: string): number {
  const bits = netmask.split(".").reduce((all, byte) => all + Number(byte).toString(2).padStart(8, "0"), "");
  if (/^1+0*$/.test(bits)) return bits.replace(/0+$/, "").length;
  throw new ParseError("netmask", "must be ones and then zeros");
}

function readAddress(isAddress: (text: string) => boolean, kind: string): Reader<string> {
  return (value, path) => {
    // No zone ("%eth0"): it would be free text in a configuration file.
    if (typeof value === "string" && isAddress(value) && /^[0-9a-f.:]+$/i.test(value)) return value;
    throw new ParseError(path, `must be ${kind}`);
  };
}
