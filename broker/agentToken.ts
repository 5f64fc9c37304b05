// SPDX-License-Identifier: Apache-2.0
import { Sensitive } from "../protocol/sensitive.ts";
import { headerPairs } from "./hopByHop.ts";

const SLOTS: readonly string[] = ["x-api-key", "authorization"];

/** Whether one of the two headers that SDKs use holds the workload's placeholder. Compares in constant time. */
export function hasAgentToken(rawHeaders: readonly string[], token: Sensitive): boolean {
  return headerPairs(rawHeaders)
    .filter(([name]) => SLOTS.includes(name.toLowerCase()))
    .map(([, value]) => Sensitive.from(value.replace(/^Bearer +/i, "")).equals(token))
    .includes(true);
}
