// SPDX-License-Identifier: Apache-2.0

const CONTROL =
  // eslint-disable-next-line no-control-regex -- the control characters are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Text for a terminal: control characters, with which an answer from elsewhere could move the cursor, rename the window or turn the
 * direction of what follows, become `\ufffd`. Line breaks and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(CONTROL, "\ufffd");
}
