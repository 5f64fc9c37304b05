// SPDX-License-Identifier: Apache-2.0
// Points and spans of time as people say them.

const MINUTE = 60_000;
/** @type {readonly (readonly [number, string])[]} */
const UNITS = [
  [24 * 60 * MINUTE, "day"],
  [60 * MINUTE, "hour"],
  [MINUTE, "minute"],
];

/**
 * A span in its largest whole unit, as "3 hours".
 * @param {number} milliseconds
 * @returns {string}
 */
export function spanText(milliseconds) {
  for (const [length, name] of UNITS) {
    const count = Math.floor(milliseconds / length);
    if (count >= 1) return `${count} ${name}${count === 1 ? "" : "s"}`;
  }
  return "under a minute";
}

/**
 * How long ago, or in how long, as "2 days ago" and "in 5 hours".
 * @param {string} time RFC 3339
 * @param {Date} now
 * @returns {string}
 */
export function distanceText(time, now) {
  const distance = Date.parse(time) - now.getTime();
  return distance > 0 ? `in ${spanText(distance)}` : `${spanText(-distance)} ago`;
}

/**
 * A point in time to the second, as "2030-01-31 12:00:00 UTC".
 * @param {string} time RFC 3339
 * @returns {string}
 */
export function momentText(time) {
  return `${new Date(time).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
