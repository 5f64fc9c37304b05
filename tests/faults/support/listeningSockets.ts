// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile, readlink } from "node:fs/promises";

const LISTENING = "0A";

/** The addresses on which a process listens with TCP, as `127.0.0.1:80` or the raw hexadecimal digits of an IPv6 address. */
export async function listeningSockets(pid: number): Promise<readonly string[]> {
  const descriptors = await readdir(`/proc/${pid}/fd`);
  const links = await Promise.all(descriptors.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => "")));
  const inodes = new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1]));
  const tables = await Promise.all(["tcp", "tcp6"].map((name) => readFile(`/proc/${pid}/net/${name}`, "utf8")));
  return tables
    .flatMap((table) => table.split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === LISTENING && inodes.has(inode))
    .map(([, local = ""]) => readable(local))
    .sort();
}

function readable(local: string): string {
  const [address = "", port = ""] = local.split(":");
  const isIpv4 = address.length === 8;
  // Linux prints the four bytes as one number of the machine's own order, the lowest byte last.
  const text = isIpv4 ? [...Buffer.from(address, "hex")].reverse().join(".") : address;
  return `${text}:${Number.parseInt(port, 16)}`;
}
