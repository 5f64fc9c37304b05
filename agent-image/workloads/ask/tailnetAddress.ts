// SPDX-License-Identifier: Apache-2.0
import type { NetworkInterfaceInfo } from "node:os";

/** What `os.networkInterfaces()` gives. */
export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** How to find this machine's addresses on the tailnet. */
export interface TailnetAddressOptions {
  readonly readInterfaces: () => Interfaces;
  /** Waits before the next look. */
  readonly pause: () => Promise<void>;
}

/** Addresses of the tailnet's own network device, IPv4 first; no address of any other device, and no link-local one. */
export function findTailnetAddresses(interfaces: Interfaces): readonly string[] {
  const infos = (interfaces["tailscale0"] ?? []).filter(({ address }) => !/^(?:fe[89ab].:|169\.254\.)/i.test(address));
  return infos.sort((a, b) => a.family.localeCompare(b.family)).map(({ address }) => address);
}

/** Waits, for as long as it takes, until this machine has an address on the tailnet. */
export async function waitForTailnetAddresses({
  readInterfaces,
  pause,
}: TailnetAddressOptions): Promise<readonly string[]> {
  for (;;) {
    const addresses = findTailnetAddresses(readInterfaces());
    if (addresses.length > 0) return addresses;
    await pause();
  }
}
