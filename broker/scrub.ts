// SPDX-License-Identifier: Apache-2.0
import type { Sensitive } from "../protocol/sensitive.ts";

/** Replaces every part of one key in a text. */
export type Scrub = (text: string) => string;

const REDACTED = "[REDACTED]";
const WINDOW = 8;
// Providers quote a refused key as its first and last characters with stars or dots between. Each word is tried from its start only: from
// every place in it, a long word would take time in its square, and whoever names the model chooses a long word of the provider's answer.
const MASKED = /(?:(?<![A-Za-z0-9_.-])[A-Za-z0-9_.-]+)?(?:\*{3,}|…|•{3,})[A-Za-z0-9_.-]*/g;

/**
 * Makes a scrubber for a key: it replaces masked quotes of any key, the key itself, any eight characters in a row of it, and the same
 * for its base64 and percent-encoded forms. A key shorter than eight characters is replaced as a whole only.
 */
export function createScrub(secret: Sensitive): Scrub {
  const shortest = Math.min(WINDOW, secret.byteLength);
  const forms = writtenForms(secret.reveal());
  const windows = new Set(forms.flatMap((form) => windowsOf(form, shortest)));
  return (text) => replaceWindows(text.replaceAll(MASKED, REDACTED), windows, shortest);
}

/** A test whether a text holds the key as it is: cheap enough for every header of every answer. */
export function createLeakTest(secret: Sensitive): (text: string) => boolean {
  const key = secret.reveal();
  return (text) => text.includes(key);
}

function writtenForms(key: string): readonly string[] {
  const bytes = Buffer.from(key, "utf8");
  // What base64 makes of the key depends on how many bytes stand before it, so there are three forms; their mixed edges are cut off.
  const shifted = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replaceAll("=", "")
      .slice(shift === 0 ? 0 : shift + 1, -1),
  );
  const urlSafe = shifted.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"));
  return [key, encodeURIComponent(key), JSON.stringify(key).slice(1, -1), ...shifted, ...urlSafe];
}

function windowsOf(form: string, width: number): readonly string[] {
  const count = Math.max(0, form.length - width + 1);
  return Array.from({ length: count }, (_, index) => form.slice(index, index + width));
}

function replaceWindows(text: string, windows: ReadonlySet<string>, width: number): string {
  const pieces: string[] = [];
  let kept = 0;
  for (let at = 0; at + width <= text.length; at += 1) {
    if (!windows.has(text.slice(at, at + width))) continue;
    let end = at + width;
    while (end < text.length && windows.has(text.slice(end - width + 1, end + 1))) end += 1;
    pieces.push(text.slice(kept, at), REDACTED);
    kept = end;
    at = end - 1;
  }
  return pieces.length === 0 ? text : [...pieces, text.slice(kept)].join("");
}
