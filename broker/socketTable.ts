// SPDX-License-Identifier: Apache-2.0
import { isIPv4 } from "node:net";

/** One end of a TCP connection over IPv4. */
export interface SocketEnd {
  readonly address: string;
  readonly port: number;
}

/** A connection as the end in question sees it. */
export interface SocketPair {
  readonly local: SocketEnd;
  readonly remote: SocketEnd;
}

// Words of the machine's own order, which is little endian wherever Node runs, of ::ffff:0:0.
const MAPPED = "0000000000000000FFFF0000";
const UID_COLUMN = 7;

/**
 * Finds in a table of the kernel's (`/proc/net/tcp`, or `tcp6` with its mapped addresses) the user that owns the `local` end of a
 * connection; undefined when the table lacks it. An end that its owner has closed belongs to nobody and stands there as root's.
 */
export function findSocketOwner(table: string, { local, remote }: SocketPair): number | undefined {
  const [from, to] = [renderEnd(local), renderEnd(remote)];
  if (from === undefined || to === undefined) return undefined;
  return readOwner(table, `: ${from} ${to} `) ?? readOwner(table, `: ${MAPPED}${from} ${MAPPED}${to} `);
}

function readOwner(table: string, ends: string): number | undefined {
  const at = table.indexOf(ends);
  if (at === -1) return undefined;
  const start = table.lastIndexOf("\n", at) + 1;
  const end = table.indexOf("\n", at);
  const uid = table
    .slice(start, end === -1 ? undefined : end)
    .trim()
    .split(/ +/)[UID_COLUMN];
  return uid !== undefined && /^\d{1,10}$/.test(uid) ? Number(uid) : undefined;
}

function renderEnd({ address, port }: SocketEnd): string | undefined {
  const plain = address.replace(/^::ffff:/i, "");
  if (!isIPv4(plain)) return undefined;
  return `${hex(plain.split(".").map(Number).reverse(), 2)}:${hex([port], 4)}`;
}

function hex(numbers: readonly number[], width: number): string {
  return numbers.map((number) => number.toString(16).toUpperCase().padStart(width, "0")).join("");
}
