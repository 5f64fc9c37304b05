// SPDX-License-Identifier: Apache-2.0
import { announce, descriptions, find, focusOn, replace } from "./elements.js";
import { nextVersion, rotate, valueFault } from "./rotation.js";

/** @typedef {import("./statusModel.js").KeyStatus} KeyStatus */
/** @typedef {import("./statusModel.js").Status} Status */

/**
 * Wires the dialog that takes a new value. The value leaves the field when it is sent or the dialog closes.
 * @param {import("./rotation.js").Call} call
 * @param {() => void} onChange
 * @returns {(key: KeyStatus, seen: Status["seen"]) => void} opens it
 */
export function rotateDialog(call, onChange) {
  const dialog = find("rotate", HTMLDialogElement);
  const form = find("rotate-form", HTMLFormElement);
  const value = find("rotate-value", HTMLInputElement);
  const done = find("rotate-done", HTMLElement);
  const submit = /** @type {HTMLButtonElement} */ (form.querySelector("[type=submit]"));
  /** @type {{ readonly key: KeyStatus, readonly version: number } | null} */
  let open = null;
  let isBusy = false;

  /** @param {string} text */
  const fail = (text) => {
    find("rotate-error", HTMLElement).textContent = text;
    value.setAttribute("aria-invalid", text === "" ? "false" : "true");
    if (text !== "") value.focus();
  };
  /** @param {boolean} busy */
  const setBusy = (busy) => {
    isBusy = busy;
    submit.disabled = busy;
    if (!busy) find("rotate-progress", HTMLElement).textContent = "";
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = value.value.trim();
    const fault = valueFault(typed);
    fail(fault);
    if (fault !== "" || isBusy || open === null) return;
    value.value = "";
    setBusy(true);
    const { key, version } = open;
    /** @param {string} text */
    const onStep = (text) => void (find("rotate-progress", HTMLElement).textContent = text);
    rotate(call, key, { version, value: typed, onStep })
      .then((rotation) => showDone(key, rotation))
      .catch((error) =>
        fail(`Not rotated: ${error instanceof Error ? error.message : "unknown error"}. Type the value again.`),
      )
      .finally(() => {
        setBusy(false);
        onChange();
      });
  });

  /**
   * @param {KeyStatus} key
   * @param {import("./rotation.js").Rotation} rotation
   */
  function showDone(key, { version, fingerprint, entries, leftOver }) {
    form.hidden = true;
    done.hidden = false;
    dialog.setAttribute("aria-labelledby", "rotate-done-title");
    dialog.setAttribute("aria-describedby", "rotate-next");
    const title = find("rotate-done-title", HTMLElement);
    title.textContent = `${key.name} is rotated`;
    replace(
      find("rotate-receipt", HTMLElement),
      ...descriptions([
        ["Active version", `${version}`],
        ["Fingerprint", fingerprint],
        ["Audit entries", entries.join(", ")],
      ]),
    );
    find("rotate-next", HTMLElement).textContent =
      `${leftOver} Your vault does not know this value yet: store it there too, or the next push finds a higher version here.`.trim();
    title.focus();
    announce(`Version ${version} of ${key.name} is active.`);
  }

  dialog.addEventListener("cancel", (event) => {
    if (isBusy) event.preventDefault();
  });
  dialog.addEventListener("close", () => {
    value.value = "";
    if (open !== null) focusOn(`rotate ${open.key.name}`);
    open = null;
  });
  for (const close of dialog.querySelectorAll("[data-close]")) {
    close.addEventListener("click", () => isBusy || dialog.close());
  }

  return (key, seen) => {
    open = { key, version: nextVersion(key, seen) };
    form.hidden = false;
    done.hidden = true;
    dialog.setAttribute("aria-labelledby", "rotate-title");
    dialog.setAttribute("aria-describedby", "rotate-text");
    find("rotate-title", HTMLElement).textContent = `Rotate ${key.name}`;
    find("rotate-text", HTMLElement).textContent =
      `Version ${open.version} becomes active at once and version ${key.active ?? "none"} is revoked. Requests under way end with the old one. The new one is good for 30 days.`;
    fail("");
    dialog.showModal();
    value.focus();
  };
}
