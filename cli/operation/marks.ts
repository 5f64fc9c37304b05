// SPDX-License-Identifier: Apache-2.0
import type { Environment } from "../environment.ts";

/** A sign of one column for each state, and one for text that was cut. */
export interface Marks {
  readonly done: string;
  readonly failed: string;
  readonly running: string;
  readonly waiting: string;
  readonly unknown: string;
  readonly cut: string;
}

const DRAWN: Marks = { done: "✓", failed: "✗", running: "●", waiting: "·", unknown: "?", cut: "…" };
const ASCII: Marks = { done: "+", failed: "x", running: "*", waiting: "-", unknown: "?", cut: "~" };

/** Signs that the person's locale can show. */
export function marksFor(environment: Environment, platform: NodeJS.Platform = process.platform): Marks {
  const locale = environment["LC_ALL"] || environment["LC_CTYPE"] || environment["LANG"] || "";
  return platform === "win32" || platform === "darwin" || /utf-?8/i.test(locale) ? DRAWN : ASCII;
}
