// SPDX-License-Identifier: Apache-2.0
import type { Terminal } from "../terminal.ts";

/** Something that happened while agents were watched, and the form of a line of `claws watch --json`. */
export interface WatchEvent {
  /** Null for what concerns no single agent. */
  readonly agent: string | null;
  readonly event:
    | "watching"
    /** The daemon answers, for the first time or again; `detail` is its state. */
    | "reachable"
    | "unreachable"
    /** It has another boot ID than before; `detail` is its state. */
    | "restarted"
    | "pushed"
    | "renewed"
    /** It is not tried again before some time has passed, or before the daemon or the vault is another. */
    | "failed"
    /** The vault itself ends the key soon, which no push can change. */
    | "expiring"
    /** The stack has another set of agents, or the vault another set of keys. */
    | "changed"
    /** Something could not be asked; what was known is gone on with. */
    | "trouble"
    | "stopped";
  readonly key?: string;
  readonly version?: number;
  readonly detail?: string;
}

/** Takes events in the order in which they happen. */
export type Report = (event: WatchEvent) => void;

/** Prints each event as one line: words, or JSON. */
export function eventPrinter({ print }: Pick<Terminal, "print">, now: () => Date, json: boolean): Report {
  return ({ agent, event: what, ...rest }) => {
    const at = now().toISOString();
    const event = { agent, event: what, ...rest };
    // What a daemon answered may have line breaks.
    print(json ? JSON.stringify({ at, ...event }) : `${at} ${eventInWords(event).replaceAll(/\s+/g, " ")}`);
  };
}

function eventInWords({ agent, event, key, version, detail }: WatchEvent): string {
  const what = key === undefined ? event : `${event} ${key}${version === undefined ? "" : ` v${version}`}`;
  return `${agent === null ? "" : `${agent}: `}${what}${detail === undefined ? "" : `: ${detail}`}`;
}
