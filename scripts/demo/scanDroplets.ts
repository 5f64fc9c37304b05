// SPDX-License-Identifier: Apache-2.0
import type { Lab } from "../../lab/lab.ts";
import { portScan } from "../../lab/scan/portScan.ts";

/** The model provider's port: on the same internet, known to be open, so a scan that misses it proves nothing. */
const control = { address: "203.0.113.20", port: 443 };
const portsOfAnAddress = 65_535;

/** Scans all TCP ports of every droplet's public address from the lab's internet. */
export async function scanDroplets(lab: Lab): Promise<{ scanned: number; answers: readonly string[] }> {
  const droplets = await lab.droplets();
  const addresses = droplets.map(({ address }) => address);
  const hosts = await portScan({ addresses, control, from: (argv) => lab.internet(argv) });
  const answering = hosts.filter(({ answers }) => answers > 0);
  return {
    scanned: hosts.length * portsOfAnAddress,
    answers: answering.map(
      ({ address, answers, open }) => `${answers} on ${address} (open: ${open.join(", ") || "none"})`,
    ),
  };
}
