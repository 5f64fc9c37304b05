// SPDX-License-Identifier: Apache-2.0
// What the page says about the audit log: entries in, text out, no page.
import { momentText } from "./timeText.js";

/** @typedef {{ readonly nodeId: string, readonly name: string, readonly address: string, readonly login: string | null, readonly tags: readonly string[] }} AuditCaller */
/** @typedef {{ readonly sequence: number, readonly time: string, readonly caller: AuditCaller, readonly action: string, readonly key: string | null, readonly version: number | null, readonly allowed: boolean, readonly code: string, readonly count?: number }} AuditEntry */
/** @typedef {{ readonly sequence: string, readonly time: string, readonly who: string, readonly from: string, readonly what: string, readonly result: string, readonly tone: "quiet" | "bad" }} AuditRow */

/** Entries on one page. */
export const PAGE_SIZE = 25;

/**
 * Query for the page of entries that ends with the entry of this number.
 * @param {number} last
 * @returns {string}
 */
export function pageQuery(last) {
  return `?after=${Math.max(0, last - PAGE_SIZE)}&limit=${Math.min(PAGE_SIZE, Math.max(1, last))}`;
}

/**
 * The rows of a page, newest first.
 * @param {readonly AuditEntry[]} entries
 * @returns {readonly AuditRow[]}
 */
export function describeEntries(entries) {
  return entries.map(describeEntry).reverse();
}

/**
 * @param {AuditEntry} entry
 * @returns {AuditRow}
 */
function describeEntry({ sequence, time, caller, action, key, version, allowed, code, count }) {
  const numbered = version === null ? "" : ` version ${version}`;
  const what =
    action === "refusals" ? `${count ?? 0} more refusals` : `${action}${key === null ? "" : ` ${key}`}${numbered}`;
  return {
    sequence: `${sequence}`,
    time: momentText(time),
    who: caller.login ?? (caller.name || caller.tags.join(", ") || "unknown"),
    from: [caller.login === null ? "" : caller.name, caller.address].filter((text) => text !== "").join(", "),
    what: key === "*" ? `${action} all keys` : what,
    result: allowed ? "done" : `refused: ${code}`,
    tone: allowed ? "quiet" : "bad",
  };
}
