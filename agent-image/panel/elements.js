// SPDX-License-Identifier: Apache-2.0
// Making and finding elements. Text is always text: nothing here reads markup.

/** @typedef {Node | string} Child */

/**
 * Makes an element. `true` sets an attribute without a value, `false` leaves it out.
 * @param {string} tag
 * @param {Readonly<Record<string, string | boolean>>} [attributes]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

/**
 * The element of the page with this ID.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {new () => T} kind
 * @returns {T}
 */
export function find(id, kind) {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new Error(`the page has no #${id}`);
}

/**
 * A button that calls back. `focus` names it across renderings. One with a hindrance keeps its place in the tab order and says why.
 * @param {string} text
 * @param {{ readonly label: string, readonly focus: string, readonly hindrance?: string, readonly describedBy?: string, readonly onClick: () => void }} options
 * @returns {HTMLElement}
 */
export function button(text, { label, focus, hindrance = "", describedBy = "", onClick }) {
  const isOff = hindrance !== "";
  const made = element(
    "button",
    {
      type: "button",
      "aria-label": label,
      "data-focus": focus,
      "aria-disabled": isOff && "true",
      "aria-describedby": isOff && describedBy !== "" && describedBy,
      title: isOff && hindrance,
    },
    text,
  );
  if (!isOff) made.addEventListener("click", onClick);
  return made;
}

/**
 * A table that stays a table to assistive technology when the style sheet turns it into cards.
 * @param {string} caption
 * @param {readonly string[]} columns
 * @param {readonly HTMLElement[]} rows
 * @returns {HTMLElement}
 */
export function table(caption, columns, rows) {
  const heads = columns.map((text) =>
    element("th", { scope: "col", role: "columnheader", class: text === "Actions" && "end" }, text),
  );
  return element(
    "table",
    { role: "table" },
    element("caption", {}, caption),
    element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...heads)),
    element("tbody", { role: "rowgroup" }, ...rows),
  );
}

/**
 * Label and value pairs for a description list.
 * @param {readonly (readonly [string, string])[]} pairs
 * @returns {readonly HTMLElement[]}
 */
export function descriptions(pairs) {
  return pairs.map(([label, value]) => {
    const shown = /^[0-9a-f]{16,}$/.test(value) ? element("code", {}, value) : value;
    return element("div", {}, element("dt", {}, label), element("dd", {}, shown));
  });
}

/**
 * Puts children in the place of an element's own. Focus stays on the control of the same name.
 * @param {HTMLElement} parent
 * @param {...Child} children
 */
export function replace(parent, ...children) {
  const active = document.activeElement;
  const name = active instanceof HTMLElement && parent.contains(active) ? active.dataset["focus"] : undefined;
  parent.replaceChildren(...children);
  if (name !== undefined) focusOn(name);
}

/**
 * Puts the focus on the control of this name, if the page still has it.
 * @param {string} name
 * @returns {boolean}
 */
export function focusOn(name) {
  const found = [...document.querySelectorAll("[data-focus]")].find(
    (one) => one instanceof HTMLElement && one.dataset["focus"] === name,
  );
  if (found instanceof HTMLElement) found.focus();
  return found !== undefined;
}

/**
 * Has screen readers say a sentence.
 * @param {string} sentence
 */
export function announce(sentence) {
  find("live", HTMLElement).textContent = sentence;
}
