// SPDX-License-Identifier: Apache-2.0
import type { Ended } from "./operator.ts";

/** Something that the demo promised did not hold. */
export class DemoFailure extends Error {}

/** @throws {DemoFailure} with the text if the promise did not hold. */
export function hold(promise: boolean, text: string): asserts promise {
  if (!promise) throw new DemoFailure(text);
}

/** @throws {DemoFailure} with the command's own words if it did not exit with 0. */
export function succeed(what: string, ended: Ended): Ended {
  const words = ended.stderr.trim() || ended.stdout.trim();
  hold(ended.code === 0, `${what} exited with ${ended.code}:\n${words.split("\n").slice(-15).join("\n")}`);
  return ended;
}
