// SPDX-License-Identifier: Apache-2.0
// A rotation: three calls in an order that never leaves the agent without a key.

/** @typedef {import("./statusModel.js").KeyStatus} KeyStatus */
/** @typedef {{ readonly version: number, readonly fingerprint: string, readonly auditSequence: number }} Receipt */
/** @typedef {(path: string, body: object) => Promise<unknown>} Call */
/** @typedef {{ readonly version: number, readonly fingerprint: string, readonly entries: readonly number[], readonly leftOver: string }} Rotation */

/** Longest value, in characters. */
const LONGEST = 4096;

/**
 * What is wrong with a value that was typed; empty when nothing is.
 * @param {string} value
 * @returns {string}
 */
export function valueFault(value) {
  if (value === "") return "Type the new value.";
  if (value.length > LONGEST) return `A key has at most ${LONGEST} characters.`;
  return /^[!-~]+$/.test(value) ? "" : "A key has letters, digits and signs only, no spaces.";
}

/**
 * The number of the next version: above all that the daemon holds or has ever seen.
 * @param {KeyStatus} key
 * @param {readonly { readonly name: string, readonly highest: number }[]} seen
 * @returns {number}
 */
export function nextVersion(key, seen) {
  const highest = seen.find(({ name }) => name === key.name)?.highest ?? 0;
  return 1 + Math.max(highest, ...key.versions.map(({ version }) => version));
}

/**
 * Puts the value as a new version, activates it and revokes the one before; requests under way end with that one.
 * @param {Call} call
 * @param {KeyStatus} key
 * @param {{ readonly version: number, readonly value: string, readonly onStep: (text: string) => void }} options
 * @returns {Promise<Rotation>}
 * @throws the error of `call` while the old version is still the active one
 */
export async function rotate(call, key, { version, value, onStep }) {
  const { name, provider } = key;
  onStep(`Sending version ${version}…`);
  const put = /** @type {Receipt} */ (await call("/v1/keys/put", { name, provider, version, value }));
  onStep(`Activating version ${version}…`);
  const activated = /** @type {Receipt} */ (await call("/v1/keys/activate", { name, version }));
  const done = { version, fingerprint: put.fingerprint, entries: [put.auditSequence, activated.auditSequence] };
  if (key.active === null) return { ...done, leftOver: "" };
  onStep(`Revoking version ${key.active}…`);
  try {
    const revoked = /** @type {Receipt} */ (await call("/v1/keys/revoke", { name, version: key.active }));
    return { ...done, entries: [...done.entries, revoked.auditSequence], leftOver: "" };
  } catch (error) {
    // The new version is in use already, so this is no failed rotation.
    const why = error instanceof Error ? error.message : "unknown error";
    return { ...done, leftOver: `Version ${key.active} is still held, not active: ${why}.` };
  }
}
