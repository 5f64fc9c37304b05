// SPDX-License-Identifier: Apache-2.0
import { unprocessable } from "./apiError.ts";
import type { Fields } from "./fields.ts";
import type { BackupPolicy } from "./state.ts";

const weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const hours = [0, 4, 8, 12, 16, 20];
const windowHours = 4;
const day = 24 * 60 * 60 * 1000;

/** What counts when backups are wanted and nothing more is said. */
export const defaultBackupPolicy: BackupPolicy = { plan: "daily", hour: 0, weekday: null };

/** Reads a policy of a request. @throws ApiError 422 when it is none. */
export function readBackupPolicy(fields: Fields): BackupPolicy {
  const plan = fields.text("plan");
  if (plan !== "daily" && plan !== "weekly") throw unprocessable("backup policy plan must be daily or weekly");
  const hour = fields.raw("hour") ?? 0;
  if (typeof hour !== "number" || !hours.includes(hour)) {
    throw unprocessable(`backup policy hour must be one of ${hours.join(", ")}`);
  }
  const weekday = fields.optionalText("weekday") ?? "SUN";
  if (!weekdays.includes(weekday)) throw unprocessable(`backup policy weekday must be one of ${weekdays.join(", ")}`);
  return { plan, hour, weekday: plan === "weekly" ? weekday : null };
}

/** The next time a backup may run, as the API shows it; null without a policy. */
export function renderNextWindow(policy: BackupPolicy | null, now: number): object | null {
  if (policy === null) return null;
  const today = now - (now % day);
  const starts = Array.from({ length: 8 }, (_, ahead) => today + ahead * day + policy.hour * 60 * 60 * 1000);
  const start = starts.find((candidate) => candidate > now && isBackupDay(policy, candidate)) ?? now;
  return { start: render(start), end: render(start + windowHours * 60 * 60 * 1000) };
}

function isBackupDay(policy: BackupPolicy, time: number): boolean {
  return policy.weekday === null || weekdays[new Date(time).getUTCDay()] === policy.weekday;
}

function render(time: number): string {
  return new Date(time).toISOString().replace(".000Z", "Z");
}
