// SPDX-License-Identifier: Apache-2.0

/** Size slug for a workload: OpenClaw needs 4 GB of memory after a few turns, the built-in one next to nothing. */
export function defaultSize(runtime: string): string {
  return runtime === "hello" ? "s-1vcpu-1gb" : "s-2vcpu-4gb";
}
