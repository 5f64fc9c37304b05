// SPDX-License-Identifier: Apache-2.0
import { BlockList, isIP } from "node:net";

/** What {@link isTailnetEndpoint} takes, as the end of a sentence that starts with "must be". */
export const tailnetEndpointForm = 'an address of the tailnet and a port such as "100.64.0.9:7441", never a name';

const tailnet = new BlockList();
tailnet.addSubnet("100.64.0.0", 10, "ipv4");
tailnet.addSubnet("fd7a:115c:a1e0::", 48, "ipv6");

/** Whether the text is `address:port` (IPv6 in brackets) of a node in a tailnet. A name could lead anywhere. */
export function isTailnetEndpoint(text: string): boolean {
  const [, four, six, port] = /^(?:([\d.]{7,15})|\[([0-9a-f:]{2,39})\]):([1-9]\d{0,4})$/.exec(text) ?? [];
  const address = four ?? six ?? "";
  const family = four === undefined ? "ipv6" : "ipv4";
  return isIP(address) === (family === "ipv4" ? 4 : 6) && tailnet.check(address, family) && Number(port) <= 65_535;
}
