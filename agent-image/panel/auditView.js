// SPDX-License-Identifier: Apache-2.0
import { describeEntries, PAGE_SIZE } from "./auditModel.js";
import { button, element, replace, table } from "./elements.js";

/** @typedef {import("./auditModel.js").AuditEntry} AuditEntry */

const COLUMNS = ["Entry", "Time", "Who", "What", "Result"];

/**
 * Shows a page of the audit log, newest first. `onPage` gets the number of the last entry that is wanted.
 * @param {HTMLElement} parent
 * @param {readonly AuditEntry[]} entries
 * @param {{ readonly newest: number, readonly onPage: (last: number) => void }} options
 */
export function showAudit(parent, entries, { newest, onPage }) {
  const first = entries[0]?.sequence ?? 1;
  const last = entries.at(-1)?.sequence ?? 0;
  const rows = describeEntries(entries).map((row) =>
    element(
      "tr",
      { role: "row" },
      element("th", { scope: "row", role: "rowheader" }, row.sequence),
      cell("Time", row.time),
      cell("Who", row.who, row.from),
      cell("What", row.what),
      cell("Result", row.result, "", row.tone),
    ),
  );
  const older = button("Older", {
    ...{ label: "Older entries", focus: "audit older", onClick: () => onPage(first - 1) },
    hindrance: first > 1 ? "" : "These are the first entries.",
  });
  const newer = button("Newer", {
    ...{ label: "Newer entries", focus: "audit newer", onClick: () => onPage(Math.min(newest, last + PAGE_SIZE)) },
    hindrance: last < newest ? "" : "These are the newest entries.",
  });
  const caption = `Entries ${first} to ${last} of ${newest}`;
  replace(parent, table(caption, COLUMNS, rows), element("div", { class: "buttons pages" }, older, newer));
}

/**
 * @param {string} label
 * @param {string} text
 * @param {string} [more]
 * @param {"quiet" | "bad"} [tone]
 */
function cell(label, text, more = "", tone = "quiet") {
  const children = more === "" ? [text] : [text, element("small", {}, more)];
  return element("td", { role: "cell", "data-label": label, "data-tone": tone }, element("div", {}, ...children));
}
