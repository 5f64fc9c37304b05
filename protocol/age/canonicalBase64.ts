// SPDX-License-Identifier: Apache-2.0

/**
 * Decodes the base64 of age headers: standard alphabet, no padding, no line break, unused bits zero.
 *
 * @returns undefined for any other spelling, so that each value has exactly one.
 */
export function decodeCanonicalBase64(text: string): Buffer | undefined {
  // Node's decoder takes nearly anything; only the canonical spelling survives the way back.
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64").replace(/=+$/, "") === text ? bytes : undefined;
}
