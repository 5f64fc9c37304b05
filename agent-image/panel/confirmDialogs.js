// SPDX-License-Identifier: Apache-2.0
import { announce, element, find, focusOn } from "./elements.js";

/** @typedef {import("./statusModel.js").KeyStatus} KeyStatus */
/** @typedef {import("./rotation.js").Call} Call */
/** @typedef {{ readonly auditSequence: number }} Done */

/**
 * Wires the dialog that revokes a key, or a version of it that is not active.
 * @param {Call} call
 * @param {() => void} onChange
 * @returns {(key: KeyStatus) => void} opens it
 */
export function revokeDialog(call, onChange) {
  const form = find("revoke-form", HTMLFormElement);
  /** @type {KeyStatus | null} */
  let open = null;
  const show = confirmation("revoke", {
    focus: () => (open === null ? "" : `revoke ${open.name}`),
    act: async () => {
      const name = open?.name ?? "";
      const chosen = new FormData(form);
      const version = Number(chosen.get("version") ?? 0);
      const isNow = chosen.get("now") === "yes";
      const body = { name, ...(version > 0 ? { version } : {}), ...(isNow ? { now: true } : {}) };
      const { auditSequence } = /** @type {Done} */ (await call("/v1/keys/revoke", body));
      return `${version > 0 ? `Version ${version} of ${name}` : name} is revoked. Audit entry ${auditSequence}.`;
    },
    onChange,
  });
  return (key) => {
    open = key;
    form.reset();
    find("revoke-title", HTMLElement).textContent = `Revoke ${key.name}?`;
    find("revoke-text", HTMLElement).textContent =
      "It is overwritten in this agent's memory, and its version cannot return. Revoke it at the provider too: there it is still good.";
    const others = key.versions.filter(({ version }) => version !== key.active);
    find("revoke-what", HTMLElement).hidden = others.length === 0;
    find("revoke-versions", HTMLElement).replaceChildren(
      choice(0, "The whole key, the active version too"),
      ...others.map(({ version }) => choice(version, `Version ${version} only, which is not active`)),
    );
    show();
  };
}

/**
 * Wires the dialog that restarts the workload.
 * @param {Call} call
 * @param {() => void} onChange
 * @returns {() => void} opens it
 */
export function restartDialog(call, onChange) {
  return confirmation("restart", {
    dialog: "restarting",
    focus: () => "restart",
    act: async () => {
      const { auditSequence } = /** @type {Done} */ (await call("/v1/workload/restart", {}));
      return `The restart is under way. Audit entry ${auditSequence}.`;
    },
    onChange,
  });
}

/**
 * @param {string} prefix of the IDs of the form and of its error
 * @param {{ readonly dialog?: string, readonly focus: () => string, readonly act: () => Promise<string>, readonly onChange: () => void }} options
 * @returns {() => void}
 */
function confirmation(prefix, { dialog: id = prefix, focus, act, onChange }) {
  const dialog = find(id, HTMLDialogElement);
  const form = find(`${prefix}-form`, HTMLFormElement);
  const error = find(`${prefix}-error`, HTMLElement);
  const submit = /** @type {HTMLButtonElement} */ (form.querySelector("[type=submit]"));
  /** @param {string} sentence */
  const succeed = (sentence) => {
    dialog.close();
    const notice = find("notice", HTMLElement);
    notice.textContent = sentence;
    notice.hidden = false;
    announce(sentence);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit.disabled = true;
    error.textContent = "";
    act()
      .then(
        succeed,
        (fault) => (error.textContent = `Not done: ${fault instanceof Error ? fault.message : "unknown error"}.`),
      )
      .finally(() => {
        submit.disabled = false;
        onChange();
      });
  });
  form.querySelector("[data-close]")?.addEventListener("click", () => dialog.close());
  // The control may be gone with its key.
  dialog.addEventListener("close", () => focusOn(focus()) || find("content", HTMLElement).focus());
  return () => {
    error.textContent = "";
    dialog.showModal();
  };
}

/**
 * @param {number} version 0 for all
 * @param {string} text
 */
function choice(version, text) {
  return element(
    "label",
    {},
    element("input", { type: "radio", name: "version", value: `${version}`, checked: version === 0 }),
    ` ${text}`,
  );
}
