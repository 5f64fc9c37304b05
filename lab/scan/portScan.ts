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
  /** Milliseconds for a scan; there may be a second, slower one. @default 180000 */
  readonly timeout?: number;
}

/** An address and how many of its 65,535 TCP ports answered, open or closed. */
export interface ScannedAddress extends HostScan {
  readonly answers: number;
}

/** Probes a second, the next one when the control was missed: on a busy machine a fast scan loses answers, and an address that is not silent looks so. */
const rates = [30_000, 6_000] as const;

/**
 * Scans every TCP port of the addresses with nmap's SYN scan, two probes each: about five seconds for each silent address.
 * @throws when the control's port is not found open, an address is missing from the report, or the scan does not end in time.
 */
export async function portScan(options: PortScanOptions): Promise<readonly ScannedAddress[]> {
  const { addresses, control, from, timeout = 180_000 } = options;
  assertTargets(addresses, control.address);
  for (const rate of rates) {
    const argv = from(scanArguments([...addresses, control.address], rate));
    const hosts = pickHosts(parseScanReport(await runCommand(argv, { timeout })), [control.address, ...addresses]);
    const [controlHost, ...others] = hosts;
    if (controlHost?.open.includes(control.port) !== true) continue;
    return others.map((host) => ({ ...host, answers: host.open.length + host.closed }));
  }
  throw new Error(
    `cannot trust the scan: it did not find the open port ${control.port} of the control "${control.address}"`,
  );
}

function pickHosts(report: readonly HostScan[], addresses: readonly string[]): readonly HostScan[] {
  return addresses.map((address) => {
    const [host, ...others] = report.filter((each) => each.address === address);
    if (host !== undefined && others.length === 0) return host;
    throw new Error(`cannot use the scan: it has "${address}" ${host === undefined ? "not at all" : "more than once"}`);
  });
}

/** Arguments of nmap: raw SYN probes to all ports, no ping first, no names, no adapting of the rate to losses, the report on standard output. */
export function scanArguments(targets: readonly string[], rate: number): readonly string[] {
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
