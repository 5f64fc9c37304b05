// SPDX-License-Identifier: Apache-2.0

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span of time in its largest unit of which there are two at least: `12 d`, `47 h`, `90 min`, `40 s`. What is over is cut off. */
export function spanInWords(milliseconds: number): string {
  const span = Math.abs(milliseconds);
  if (span >= 2 * DAY) return `${Math.floor(span / DAY)} d`;
  if (span >= 2 * HOUR) return `${Math.floor(span / HOUR)} h`;
  if (span >= 2 * MINUTE) return `${Math.floor(span / MINUTE)} min`;
  return `${Math.floor(span / SECOND)} s`;
}

/** How long ago; `unknown` for a time that cannot be read. */
export function ageInWords(time: string, now: Date): string {
  const span = now.getTime() - Date.parse(time);
  return Number.isNaN(span) ? "unknown" : spanInWords(Math.max(span, 0));
}

/** How long until then; `over` when it is past. */
export function leftInWords(time: string, now: Date): string {
  const span = Date.parse(time) - now.getTime();
  if (Number.isNaN(span)) return "unknown";
  return span <= 0 ? "over" : spanInWords(span);
}
