// SPDX-License-Identifier: Apache-2.0
import { button, element, replace, table } from "./elements.js";
import { describeKey, missingKeys, rotationHindrance } from "./statusModel.js";

/** @typedef {import("./statusModel.js").Status} Status */
/** @typedef {import("./statusModel.js").Session} Session */
/** @typedef {import("./statusModel.js").KeyStatus} KeyStatus */
/** @typedef {import("./statusModel.js").KeyRow} KeyRow */
/** @typedef {import("./statusModel.js").Figure} Figure */
/** @typedef {{ readonly onRotate: (key: KeyStatus) => void, readonly onRevoke: (key: KeyStatus) => void }} KeyActions */

const COLUMNS = ["Name", "Version", "Age", "Expires", "Used today (UTC)", "Actions"];

/**
 * Shows the keys with their buttons.
 * @param {HTMLElement} parent
 * @param {{ readonly status: Status, readonly session: Session, readonly now: Date }} seen
 * @param {KeyActions} actions
 */
export function showKeys(parent, { status, session, now }, actions) {
  const rows = status.keys.map((key) => keyRow(key, describeKey(key, now), session, actions));
  const missing = missingKeys(status);
  const parts = [];
  if (rows.length > 0) parts.push(table("Keys that this agent holds in memory", COLUMNS, rows));
  else parts.push(element("p", { class: "quiet" }, "This agent holds no key."));
  if (missing.length > 0) parts.push(element("p", { class: "quiet" }, `Held before, not now: ${missing.join(", ")}.`));
  replace(parent, ...parts);
}

/**
 * @param {KeyStatus} key
 * @param {KeyRow} row
 * @param {Session} session
 * @param {KeyActions} actions
 */
function keyRow(key, row, session, { onRotate, onRevoke }) {
  const { name } = row;
  const mayRevoke = session.actions.includes("revoke");
  const rotate = button("Rotate…", {
    ...{ label: `Rotate ${name}`, focus: `rotate ${name}`, onClick: () => onRotate(key) },
    // The page says the same in full above the keys.
    ...{ hindrance: rotationHindrance(session), describedBy: "hindrance" },
  });
  const revoke = button("Revoke…", {
    ...{ label: `Revoke ${name}`, focus: `revoke ${name}`, onClick: () => onRevoke(key) },
    hindrance: mayRevoke ? "" : "The tailnet policy does not let you revoke keys here.",
  });
  return element(
    "tr",
    { role: "row" },
    element("th", { scope: "row", role: "rowheader" }, name, element("small", {}, row.provider)),
    cell(
      "Version",
      "quiet",
      row.version,
      element("small", {}, ...code(row.fingerprint)),
      element("small", {}, row.others),
    ),
    cell("Age", "quiet", element("span", { title: row.put }, row.age)),
    cell("Expires", row.expiryTone, element("span", { title: row.expires }, row.expiry)),
    cell("Used today", "quiet", figures(row.requests, row.tokens, name)),
    element("td", { role: "cell" }, element("div", { class: "buttons" }, rotate, revoke)),
  );
}

/** @param {string} fingerprint */
function code(fingerprint) {
  return fingerprint === "" ? [] : [element("code", { title: "fingerprint" }, fingerprint)];
}

/**
 * @param {string} label
 * @param {import("./statusModel.js").Tone} tone
 * @param {...(Node | string)} content
 */
function cell(label, tone, ...content) {
  return element("td", { role: "cell", "data-label": label, "data-tone": tone }, element("div", {}, ...content));
}

/**
 * @param {Figure} requests
 * @param {Figure} tokens
 * @param {string} name
 */
function figures(requests, tokens, name) {
  return element(
    "div",
    {},
    ...figure(requests, `Requests of ${name} today`),
    ...figure(tokens, `Tokens of ${name} today`),
  );
}

/**
 * @param {Figure} figure
 * @param {string} label
 */
function figure({ text, used, limit }, label) {
  const line = element("div", {}, text);
  if (limit === null) return [line];
  const high = `${Math.round(limit * 0.9)}`;
  const meter = {
    "aria-label": label,
    min: "0",
    max: `${limit}`,
    value: `${Math.min(used, limit)}`,
    low: high,
    high,
    optimum: "0",
  };
  return [line, element("meter", meter)];
}
