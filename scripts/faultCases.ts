// SPDX-License-Identifier: Apache-2.0

/** One case of the fault matrix. */
export interface FaultCase {
  /** The number with which the names of its tests begin. */
  readonly number: number;
  /** The fault in a few words, at most 48 characters. */
  readonly title: string;
  /** `lab`: each of its tests needs machines and a tailnet. */
  readonly where: "unit" | "lab";
}

/** The cases that have tests, in order. */
export const FAULT_CASES: readonly FaultCase[] = [
  unit(1, "vault: there is none"),
  unit(2, "vault: an empty file"),
  unit(3, "vault: cut off after any byte"),
  unit(4, "vault: one bit turned over at any byte"),
  unit(5, "vault: something follows, a chunk is missing"),
  unit(6, "vault: armor, line ends, the age test vectors"),
  unit(7, "vault: another's identity"),
  unit(8, "vault: wrong passphrase"),
  unit(9, "vault: a hostile work factor"),
  unit(10, "vault: decrypts to what is no vault"),
  unit(11, "vault: kill -9 during 200 saves"),
  unit(12, "vault: full disk, quota, read-only, I/O error"),
  unit(13, "vault: two programs edit it at once"),
  unit(14, "vault: locks of the dead and of the living"),
  unit(15, "vault: link, FIFO, folder, device, mode, owner"),
  unit(16, "vault: the editor fails or is killed"),
  unit(17, "vault: no recipients left, owner locked out"),
  unit(18, "vault: files of other releases and programs"),
  unit(19, "claws: unknown commands and options"),
  unit(20, "claws: closed pipe, no terminal, CI, NO_COLOR"),
  unit(21, "claws: Ctrl-C during a push, once and twice"),
  unit(22, "claws: defective and hostile configuration"),
  unit(23, "claws: hostile names of agents"),
  unit(24, "claws: no HOME, odd paths, clock 10 years off"),
  unit(25, "claws: no secret in words, output, files, crash"),
  unit(26, "claws: old Node, programs and logins missing"),
  unit(27, "push: agent offline, refusing, silent"),
  unit(28, "push: connection cut after each byte"),
  unit(29, "push: a captured push is replayed"),
  unit(30, "push: two operators at once"),
  unit(31, "push: clocks off by a day and by ten years"),
  unit(32, "push: wrong peer, forged identity"),
  unit(33, "push: DNS rebinding, Host, Origin"),
  unit(34, "push: slow, huge, malformed HTTP"),
  unit(35, "push: defective JSON, names, values"),
  unit(36, "push: tailnet drops, loses packets, is slow"),
  unit(37, "push: the agent's node was replaced"),
  unit(38, "daemon: kill -9, out of memory, power cut"),
  unit(39, "daemon: SIGTERM with streams open"),
  unit(40, "daemon: port taken, tailnet late or missing"),
  unit(41, "daemon: few files, little memory, full disk"),
  unit(42, "daemon: unexpected error, stack overflow"),
  unit(43, "daemon: other users, ptrace, inspector"),
  unit(44, "daemon: key rotation under 500 streams"),
  unit(45, "proxy: the client's own credentials"),
  unit(46, "proxy: request smuggling, CONNECT, authority"),
  unit(47, "proxy: redirects, private addresses upstream"),
  unit(48, "proxy: upstream echoes the key"),
  unit(49, "proxy: streams, client or upstream leaves"),
  unit(50, "proxy: back-pressure, coding, trailers, 1xx"),
  unit(51, "proxy: upstream errors, retries, bad TLS"),
  unit(52, "proxy: WebSocket and HTTP/2 upgrades"),
];

function unit(number: number, title: string): FaultCase {
  return { number, title, where: "unit" };
}
