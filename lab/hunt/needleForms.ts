// SPDX-License-Identifier: Apache-2.0

/** A secret to look for. */
export interface Needle {
  /** What findings call it. */
  readonly name: string;
  /** At least 8 bytes as UTF-8: shorter ones are found everywhere by chance. */
  readonly value: string;
}

/** How a secret may be written. */
export type NeedleForm = "raw" | "base64" | "base64url" | "url" | "json" | "hex";

/** Bytes that give a secret away. */
export interface Pattern {
  readonly needleName: string;
  readonly form: NeedleForm;
  readonly bytes: Buffer;
}

const shortest = 8;

/**
 * Renders a secret in every form that is looked for; forms that give the same bytes come once, under the plainest name. Base64 text that is broken into
 * lines is not covered.
 * @throws when the secret is too short.
 */
export function renderForms({ name, value }: Needle): readonly Pattern[] {
  const raw = Buffer.from(value, "utf8");
  if (raw.length < shortest) throw new Error(`cannot hunt for "${name}": shorter than ${shortest} bytes`);
  const base64 = [0, 1, 2].map((before) => renderBase64(raw, before));
  const hex = raw.toString("hex");
  const url = encodeURIComponent(value);
  const json = JSON.stringify(value).slice(1, -1);
  const texts: readonly (readonly [NeedleForm, string])[] = [
    ...base64.map((text) => ["base64", text] as const),
    ...base64.map((text) => ["base64url", text.replaceAll("+", "-").replaceAll("/", "_")] as const),
    ["url", url],
    ["url", url.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())],
    ["json", json],
    // Go escapes what could end a script element, PHP the slash.
    ["json", json.replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)],
    ["json", json.replaceAll("/", "\\/")],
    ["hex", hex],
    ["hex", hex.toUpperCase()],
  ];
  const patterns = texts.map(([form, text]): Pattern => ({ needleName: name, form, bytes: Buffer.from(text, "utf8") }));
  return withoutDoubles([{ needleName: name, form: "raw", bytes: raw }, ...patterns]);
}

/** Characters of the Base64 text that depend on the secret alone, when that many bytes (modulo 3) stand before it. */
function renderBase64(raw: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), raw]).toString("base64");
  return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + raw.length) * 8) / 6));
}

function withoutDoubles(patterns: readonly Pattern[]): readonly Pattern[] {
  const seen = new Map<string, Pattern>();
  for (const pattern of patterns) {
    const key = pattern.bytes.toString("latin1");
    if (!seen.has(key)) seen.set(key, pattern);
  }
  return [...seen.values()];
}
