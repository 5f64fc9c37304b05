// SPDX-License-Identifier: Apache-2.0

/** What a full TCP scan saw of one address. */
export interface HostScan {
  readonly address: string;
  /** Ports that answered SYN with SYN-ACK, ascending. */
  readonly open: readonly number[];
  /** How many ports answered with a reset. */
  readonly closed: number;
  /** How many gave no answer, or only an ICMP error. */
  readonly filtered: number;
  /** Of `filtered`: those with an ICMP error, which tells a scanner that somebody is there. */
  readonly rejected: number;
}

/** Ports of TCP, without 0. */
export const allPorts = 65_535;

interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/**
 * Parses nmap's XML output strictly.
 * @throws when nmap did not finish, skipped or gave up on a host, reports a state that is not known here, or does not account for every port.
 */
export function parseScanReport(xml: string): readonly HostScan[] {
  const tags = [...xml.matchAll(/<([a-z]+)((?:\s[^<>]*?)?)\/?>/g)].map(([, name = "", text = ""]) =>
    parseTag(name, text),
  );
  const finished = tags.find(({ name }) => name === "finished");
  if (finished?.attributes.get("exit") !== "success") throw new Error("cannot read the scan: nmap did not finish");
  const hosts = tags.flatMap(({ name }, index) => (name === "host" ? [index] : []));
  const end = tags.findIndex(({ name }) => name === "runstats");
  return hosts.map((start, index) => parseHost(tags.slice(start, hosts[index + 1] ?? end)));
}

function parseTag(name: string, text: string): Tag {
  const pairs = [...text.matchAll(/([a-z]+)="([^"]*)"/g)].map(([, key = "", value = ""]): [string, string] => [
    key,
    value,
  ]);
  return { name, attributes: new Map(pairs) };
}

function parseHost(tags: readonly Tag[]): HostScan {
  const address = tags.find(({ name }) => name === "address")?.attributes.get("addr") ?? "";
  const host = tags.find(({ name }) => name === "host");
  if (host?.attributes.get("timedout") === "true") throw new Error(`cannot read the scan of "${address}": out of time`);
  const counts = new Map<string, number>([
    ["open", 0],
    ["closed", 0],
    ["filtered", 0],
  ]);
  const open: number[] = [];
  let silent = 0;
  let port = 0;
  let group = "";
  const count = (state: string, ports: number): void => {
    const before = counts.get(state);
    if (before === undefined) throw new Error(`cannot read the scan of "${address}": unknown state "${state}"`);
    counts.set(state, before + ports);
  };
  for (const { name, attributes } of tags) {
    const state = attributes.get("state") ?? "";
    const isSilent = attributes.get("reason") === "no-response" || attributes.get("reason") === "no-responses";
    if (name === "extraports") {
      group = state;
      count(state, Number(attributes.get("count")));
    }
    if (name === "extrareasons" && group === "filtered" && isSilent) silent += Number(attributes.get("count"));
    if (name === "port") port = Number(attributes.get("portid"));
    if (name === "state") {
      count(state, 1);
      if (state === "open") open.push(port);
      if (state === "filtered" && isSilent) silent += 1;
    }
  }
  const { closed, filtered } = { closed: counts.get("closed") ?? 0, filtered: counts.get("filtered") ?? 0 };
  const total = open.length + closed + filtered;
  if (total !== allPorts)
    throw new Error(`cannot read the scan of "${address}": it accounts for ${total} ports of ${allPorts}`);
  return { address, open, closed, filtered, rejected: filtered - silent };
}
