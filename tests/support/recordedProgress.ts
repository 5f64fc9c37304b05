// SPDX-License-Identifier: Apache-2.0
import type { Progress } from "../../toolchain/progress.ts";

/** A progress reporter that keeps what it is told. */
export interface RecordedProgress extends Progress {
  readonly steps: string[];
  readonly updates: string[];
}

export function recordProgress(): RecordedProgress {
  const steps: string[] = [];
  const updates: string[] = [];
  return { steps, updates, step: (text) => void steps.push(text), update: (text) => void updates.push(text) };
}
