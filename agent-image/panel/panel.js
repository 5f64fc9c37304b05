// SPDX-License-Identifier: Apache-2.0
// The panel: asks the daemon for its status again and again and shows it; everything that changes something is behind a dialog.
import { pageQuery } from "./auditModel.js";
import { showAudit } from "./auditView.js";
import { restartDialog, revokeDialog } from "./confirmDialogs.js";
import { announce, descriptions, find, replace } from "./elements.js";
import { showKeys } from "./keyView.js";
import { PanelClient, Refusal } from "./panelClient.js";
import { rotateDialog } from "./rotateDialog.js";
import { describeDaemon, describeState, rotationHindrance } from "./statusModel.js";

/** @typedef {import("./statusModel.js").Status} Status */
/** @typedef {import("./statusModel.js").Session} Session */

const BETWEEN_LOOKS = 10_000;

const client = new PanelClient((input, init) => fetch(input, init));
/** @type {Session | null} */
let session = null;
/** @type {Status | null} */
let status = null;
let timer = 0;

/** @type {import("./rotation.js").Call} */
const call = async (path, body) => (await client.call(path, body)).body;
const openRotate = rotateDialog(call, look);
const openRevoke = revokeDialog(call, look);
const openRestart = restartDialog(call, look);

if (window.top !== window || window.opener !== null) {
  // Somebody else's page has a hold on this one and could lead a hand that clicks.
  setState({
    tone: "bad",
    word: "Not started",
    detail: "Another page opened this one. Type its address in a new tab.",
  });
} else {
  find("restart", HTMLButtonElement).addEventListener("click", openRestart);
  find("audit-show", HTMLButtonElement).addEventListener("click", () => void showPage(status?.auditSequence ?? 0));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
  look();
}

/** Looks at once, and again after a while for as long as the page is seen. */
function look() {
  window.clearTimeout(timer);
  void lookOnce().finally(() => {
    window.clearTimeout(timer);
    if (document.visibilityState === "visible") timer = window.setTimeout(look, BETWEEN_LOOKS);
  });
}

async function lookOnce() {
  try {
    session ??= await client.open();
    const { body, at } = await client.call("/v1/status", {});
    const read = /** @type {Status} */ (body);
    // Another start of the daemon may have other rules for this page.
    if (status !== null && status.bootId !== read.bootId) session = await client.open();
    status = read;
    showStatus(read, session, at);
  } catch (error) {
    setState({ tone: "bad", word: error instanceof Refusal ? "Refused" : "Not reachable", detail: faultText(error) });
  }
}

/**
 * @param {Status} read
 * @param {Session} known
 * @param {Date} now
 */
function showStatus(read, known, now) {
  document.title = `${known.hostname} · Office Claws`;
  find("title", HTMLElement).textContent = known.hostname;
  setState(describeState(read, known));
  setOff("restart", !known.actions.includes("restart"));
  setOff("audit-show", !known.actions.includes("audit"));
  const hindrance = known.hasRemoteBroker ? "" : rotationHindrance(known);
  find("hindrance", HTMLElement).textContent = hindrance;
  find("hindrance", HTMLElement).hidden = hindrance === "";
  replace(find("facts", HTMLElement), ...descriptions(describeDaemon(read, now)));
  const actions = {
    /** @param {import("./statusModel.js").KeyStatus} key */
    onRotate: (key) => openRotate(key, read.seen),
    onRevoke: openRevoke,
  };
  showKeys(find("keys", HTMLElement), { status: read, session: known, now }, actions);
}

/** @param {number} last */
async function showPage(last) {
  try {
    const { body } = await client.call(`/v1/audit${pageQuery(last)}`, {});
    const { entries } = /** @type {{ readonly entries: readonly import("./auditModel.js").AuditEntry[] }} */ (body);
    const newest = Math.max(status?.auditSequence ?? 0, last);
    showAudit(find("audit", HTMLElement), entries, { newest, onPage: (wanted) => void showPage(wanted) });
    announce(`Audit entries ${entries[0]?.sequence ?? 0} to ${entries.at(-1)?.sequence ?? 0}.`);
    look();
  } catch (error) {
    showNotice(`The audit log cannot be shown: ${faultText(error)}`);
  }
}

/** @param {{ readonly tone: string, readonly word: string, readonly detail: string }} state */
function setState({ tone, word, detail }) {
  const before = find("state-word", HTMLElement).textContent;
  find("state", HTMLElement).dataset["tone"] = tone;
  find("state-word", HTMLElement).textContent = word;
  find("state-detail", HTMLElement).textContent = detail;
  if (before !== word) announce(`${word}. ${detail}`);
}

/** @param {string} text */
function showNotice(text) {
  const notice = find("notice", HTMLElement);
  notice.textContent = text;
  notice.hidden = false;
}

/**
 * @param {string} id
 * @param {boolean} isOff
 */
function setOff(id, isOff) {
  const found = find(id, HTMLButtonElement);
  found.disabled = isOff;
  found.dataset["focus"] = id;
}

/** @param {unknown} error */
function faultText(error) {
  if (error instanceof Refusal) return `${error.message}.`;
  return "The daemon does not answer. Is this machine on the tailnet?";
}
