// SPDX-License-Identifier: Apache-2.0
import type { NetworkInterfaceInfo } from "node:os";
import {
  findTailnetAddresses,
  waitForTailnetAddresses,
  type Interfaces,
} from "../../../../agent-image/workloads/ask/tailnetAddress.ts";

const info = (address: string): NetworkInterfaceInfo => {
  const common = { address, netmask: "", mac: "00:00:00:00:00:00", internal: false, cidr: null };
  return address.includes(":") ? { ...common, family: "IPv6", scopeid: 0 } : { ...common, family: "IPv4" };
};

const others: Interfaces = { lo: [info("127.0.0.1")], eth0: [info("198.51.100.16"), info("100.64.0.9")] };

describe("findTailnetAddresses", () => {
  it("gives the addresses of tailscale0 only, IPv4 first, none of the link's own", () => {
    const tailscale0 = [info("fe80::1"), info("fd7a:115c:a1e0::2"), info("100.64.0.2"), info("169.254.1.1")];
    expect(findTailnetAddresses({ ...others, tailscale0 })).toEqual(["100.64.0.2", "fd7a:115c:a1e0::2"]);
  });

  it("gives none when there is no such device, whatever the others are called", () => {
    expect(findTailnetAddresses({ ...others, tailscale1: [info("100.64.0.2")] })).toEqual([]);
  });
});

describe("waitForTailnetAddresses", () => {
  it("looks until there is an address", async () => {
    const views: Interfaces[] = [others, { ...others, tailscale0: [] }, { tailscale0: [info("100.64.0.2")] }];
    let pauses = 0;
    const addresses = await waitForTailnetAddresses({
      readInterfaces: () => views.shift() ?? {},
      pause: () => {
        pauses += 1;
        return Promise.resolve();
      },
    });
    expect({ addresses, pauses }).toEqual({ addresses: ["100.64.0.2"], pauses: 2 });
  });
});
