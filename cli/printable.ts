// SPDX-License-Identifier: Apache-2.0

/**
 * Text for a terminal: control characters, with which an answer from elsewhere could move the cursor or rename the window, become `\ufffd`.
 * Line breaks and tabs stay.
 */
export function printable(text: string): string {
  // eslint-disable-next-line no-control-regex -- the control characters are what is looked for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "\ufffd");
}
