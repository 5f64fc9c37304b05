// SPDX-License-Identifier: Apache-2.0
import { ParseError } from "../../protocol/parseError.ts";
import { optional, readObject, readText } from "../../protocol/shape.ts";
import { printable } from "../printable.ts";
import { DAEMON_UNIT, WORKLOAD_UNIT } from "./journalQuery.ts";

/** One line of the journal. Everything in it can be printed. */
export interface JournalEntry {
  readonly time: Date;
  /** `daemon`, `workload` or a unit's name. */
  readonly source: string;
  readonly message: string;
}

const readEntry = readObject<{
  readonly __REALTIME_TIMESTAMP: string;
  readonly _SYSTEMD_UNIT?: string;
  readonly UNIT?: string;
  readonly MESSAGE?: unknown;
}>(
  {
    __REALTIME_TIMESTAMP: readText(20, /^\d{1,18}$/, "a number of microseconds"),
    _SYSTEMD_UNIT: optional(readText(300)),
    UNIT: optional(readText(300)),
    MESSAGE: (value) => value,
  },
  { others: "ignore" },
);

/** Reads one line of `journalctl --output=json`. @returns undefined for one that has another form */
export function parseJournalEntry(line: string): JournalEntry | undefined {
  try {
    // The droplet's own document; only the members above are looked at.
    const entry = readEntry(JSON.parse(line), "");
    return {
      time: new Date(Number(entry.__REALTIME_TIMESTAMP) / 1000),
      source: sourceOf(entry.UNIT ?? entry._SYSTEMD_UNIT ?? ""),
      message: oneLine(messageOf(entry.MESSAGE)),
    };
  } catch (error) {
    if (error instanceof ParseError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function sourceOf(unit: string): string {
  if (unit === DAEMON_UNIT) return "daemon";
  if (unit === WORKLOAD_UNIT) return "workload";
  return oneLine(unit.replace(/\.service$/, ""));
}

/** What is no plain text comes as a list of bytes, and what is very long as nothing. */
function messageOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((byte) => Number.isInteger(byte)))
    return Buffer.from(value as number[]).toString("utf8");
  return "(not shown: too long)";
}

function oneLine(text: string): string {
  return printable(text).replace(/[\n\t]/g, " ");
}
