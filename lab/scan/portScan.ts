// SPDX-License-Identifier: Apache-2.0
import { isIP } from "node:net";
import { runCommand } from "../network/command.ts";
import type { HostScan } from "./scanReport.ts";
import { parseScanReport } from "./scanReport.ts";

/** What to scan and from where. */
export interface PortScanOptions {
  /** IPv4 addresses. */
  readonly addresses: readonly string[];
  /** A port that is known to be open, on the way of the same scan: proof that the scan would have seen one. Not among the addresses. */
  readonly control: { readonly address: string; readonly port: number };
  /** Arguments that run a command where the attacker is, for example a lab's `internet`. */
  readonly from: (argv: readonly string[]) => readonly string[];
  /** Milliseconds for the whole scan. @default 180000 */
  readonly timeout?: number;
}

/** An address and how many of its 65,535 TCP ports answered, open or closed. */
export interface ScannedAddress extends HostScan {
  readonly answers: number;
}

/** Probes a second: twice through all ports of a silent address takes seven seconds. */
const rate = 20_000;

/**
 * Scans every TCP port of the addresses with nmap's SYN scan.
 * @throws when the control's port is not found open, an address is missing from the report, or the scan does not end in time.
 */
export async function portScan(options: PortScanOptions): Promise<readonly ScannedAddress[]> {
  const { addresses, control, from, timeout = 180_000 } = options;
  assertTargets(addresses, control.address);
  const report = parseScanReport(await runCommand(from(scanArguments([...addresses, control.address])), { timeout }));
  const find = (address: string): HostScan => {
    const hosts = report.filter((host) => host.address === address);
    const [host] = hosts;
    if (host === undefined || hosts.length > 1)
      throw new Error(`cannot use the scan: it has "${address}" ${hosts.length} times`);
    return host;
  };
  if (!find(control.address).open.includes(control.port)) {
    throw new Error(
      `cannot trust the scan: it did not find the open port ${control.port} of the control "${control.address}"`,
    );
  }
  return addresses.map(find).map((host) => ({ ...host, answers: host.open.length + host.closed }));
}

/** Arguments of nmap: raw SYN probes to all ports, no ping first, no names, no rate adaption to drops, the report on standard output. */
export function scanArguments(targets: readonly string[]): readonly string[] {
  const pace = ["-T4", "--min-rate", String(rate), "--max-retries", "1", "--min-hostgroup", "64"];
  return ["nmap", "-sS", "-Pn", "-n", "-p-", ...pace, "-oX", "-", ...targets];
}

function assertTargets(addresses: readonly string[], control: string): void {
  const targets = [...addresses, control];
  const wrong = targets.find((address) => isIP(address) !== 4);
  if (wrong !== undefined) throw new Error(`cannot scan "${wrong}": not an IPv4 address`);
  if (addresses.length === 0) throw new Error("cannot scan: there is no address");
  if (new Set(targets).size !== targets.length) throw new Error("cannot scan: an address is named twice");
}
