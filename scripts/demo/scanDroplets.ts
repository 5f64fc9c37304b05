// SPDX-License-Identifier: Apache-2.0
import type { Lab } from "../../lab/lab.ts";
import { labAddresses } from "../../lab/network/addresses.ts";
import { portScan } from "../../lab/scan/portScan.ts";
import { listenAsOperator } from "./isolation.ts";

const controlPort = 7450;
const portsOfAnAddress = 65_535;

/**
 * Scans all TCP ports of every droplet's public address from the lab's internet. An answer of any kind counts: open,
 * closed, or an ICMP message that tells a scanner that somebody is there. The operator's machine has one open port on the
 * way of the same scan, which must be found.
 */
export async function scanDroplets(lab: Lab): Promise<{ scanned: number; answers: readonly string[] }> {
  const addresses = (await lab.droplets()).map(({ address }) => address);
  const control = { address: labAddresses.operator, port: controlPort };
  const stopListening = await listenAsOperator(lab, control.address, control.port);
  try {
    const hosts = await portScan({ addresses, control, from: (argv) => lab.internet(argv) });
    const answering = hosts.filter(({ answers, rejected }) => answers + rejected > 0);
    return {
      scanned: hosts.length * portsOfAnAddress,
      answers: answering.map(
        ({ address, answers, rejected, open }) =>
          `${answers + rejected} on ${address} (open: ${open.join(", ") || "none"})`,
      ),
    };
  } finally {
    await stopListening();
  }
}
