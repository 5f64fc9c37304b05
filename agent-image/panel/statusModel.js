// SPDX-License-Identifier: Apache-2.0
// What the page says about a status: text in, text out, no page.
import { distanceText, momentText, spanText } from "./timeText.js";

/** @typedef {"good" | "warn" | "bad" | "quiet"} Tone */
/** @typedef {{ readonly text: string, readonly used: number, readonly limit: number | null }} Figure */
/** @typedef {{ readonly version: number, readonly fingerprint: string, readonly putAt: string, readonly notAfter: string, readonly underWay: number }} VersionStatus */
/** @typedef {{ readonly requestsPerDay?: number, readonly tokensPerDay?: number }} Limits */
/** @typedef {{ readonly name: string, readonly provider: string, readonly active: number | null, readonly versions: readonly VersionStatus[], readonly limits: Limits | null, readonly usage: { readonly day: string, readonly requests: number, readonly tokens: number } }} KeyStatus */
/** @typedef {{ readonly version: string, readonly bootId: string, readonly nodeId: string, readonly state: "sealed" | "open", readonly startedAt: string, readonly auditSequence: number, readonly keys: readonly KeyStatus[], readonly seen: readonly { readonly name: string, readonly highest: number }[] }} Status */
/** @typedef {{ readonly hostname: string, readonly needsSealedPush: boolean, readonly hasRemoteBroker: boolean, readonly actions: readonly string[] }} Session */
/** @typedef {{ readonly name: string, readonly provider: string, readonly version: string, readonly others: string, readonly age: string, readonly put: string, readonly expiry: string, readonly expires: string, readonly expiryTone: Tone, readonly fingerprint: string, readonly requests: Figure, readonly tokens: Figure }} KeyRow */

const SOON = 3 * 24 * 60 * 60_000;
const whole = new Intl.NumberFormat("en");

/**
 * The agent's state as a word and a sentence.
 * @param {Status} status
 * @param {Session} session
 * @returns {{ readonly tone: Tone, readonly word: string, readonly detail: string }}
 */
export function describeState({ state }, { hasRemoteBroker }) {
  if (hasRemoteBroker)
    return { tone: "good", word: "Online", detail: "Its owner's broker holds the keys; here are none." };
  if (state === "open") return { tone: "good", word: "Online, open", detail: "The workload can use the keys below." };
  return { tone: "warn", word: "Online, sealed", detail: "It holds no key. Push them with: claws keys push" };
}

/**
 * Facts about the daemon, each with its label.
 * @param {Status} status
 * @param {Date} now
 * @returns {readonly (readonly [string, string])[]}
 */
export function describeDaemon(status, now) {
  return [
    ["Release", status.version],
    ["Running for", spanText(now.getTime() - Date.parse(status.startedAt))],
    ["Started", momentText(status.startedAt)],
    ["Audit entries", whole.format(status.auditSequence)],
    ["Boot ID", status.bootId],
    ["Node ID", status.nodeId],
  ];
}

/**
 * One key as a row of the table.
 * @param {KeyStatus} key
 * @param {Date} now
 * @returns {KeyRow}
 */
export function describeKey(key, now) {
  const active = key.versions.find(({ version }) => version === key.active);
  const others = key.versions.filter(({ version }) => version !== key.active).map(({ version }) => version);
  const left = active === undefined ? 0 : Date.parse(active.notAfter) - now.getTime();
  return {
    name: key.name,
    provider: key.provider,
    version: active === undefined ? "none" : `${active.version}`,
    others: others.length === 0 ? "" : `also held: ${others.join(", ")}`,
    age: active === undefined ? "" : spanText(now.getTime() - Date.parse(active.putAt)),
    put: active === undefined ? "" : momentText(active.putAt),
    expiry: active === undefined ? "" : `${left > 0 ? "" : "expired "}${distanceText(active.notAfter, now)}`,
    expires: active === undefined ? "" : momentText(active.notAfter),
    expiryTone: left <= 0 ? "bad" : left < SOON ? "warn" : "quiet",
    fingerprint: active?.fingerprint ?? "",
    requests: figure(key.usage.requests, key.limits?.requestsPerDay, "request"),
    tokens: tokenFigure(key),
  };
}

/**
 * Only a cap makes the daemon count tokens: without one, 0 would not mean that none was spent.
 * @param {KeyStatus} key
 * @returns {Figure}
 */
function tokenFigure({ usage, limits }) {
  const limit = limits?.tokensPerDay;
  return limit === undefined
    ? { text: "tokens not counted", used: 0, limit: null }
    : figure(usage.tokens, limit, "token");
}

/**
 * Names that were held before a restart or a revocation and are not held now.
 * @param {Status} status
 * @returns {readonly string[]}
 */
export function missingKeys({ keys, seen }) {
  return seen.map(({ name }) => name).filter((name) => keys.every((key) => key.name !== name));
}

/**
 * Why a key cannot be rotated in this page; empty when it can.
 * @param {Session} session
 * @returns {string}
 */
export function rotationHindrance({ needsSealedPush, actions }) {
  if (needsSealedPush) {
    return "This agent takes new keys only if they are sealed and signed with its operator's key, which no browser holds. Rotate with: claws keys rotate";
  }
  if (["put", "activate", "revoke"].every((action) => actions.includes(action))) return "";
  return "The tailnet policy does not let you put, activate and revoke keys here.";
}

/**
 * @param {number} used
 * @param {number | undefined} limit
 * @param {string} unit
 * @returns {Figure}
 */
function figure(used, limit, unit) {
  const plural = (limit ?? used) === 1 ? unit : `${unit}s`;
  const text =
    limit === undefined
      ? `${whole.format(used)} ${plural}`
      : `${whole.format(used)} of ${whole.format(limit)} ${plural}`;
  return { text, used, limit: limit ?? null };
}
