// SPDX-License-Identifier: Apache-2.0
import { AGENT_TOKEN_PREFIX } from "../protocol/constants.ts";
import type { Sensitive } from "../protocol/sensitive.ts";

const SLOTS: readonly string[] = ["x-api-key", "authorization", "x-goog-api-key"];
const BEARER = /^Bearer +/i;
// 32 random bytes as base64url. Some clients insist on the start that a provider's keys have, so a short one may stand in front.
const PLACEHOLDER = new RegExp(`^[A-Za-z0-9_.-]{0,16}(${AGENT_TOKEN_PREFIX}[A-Za-z0-9_-]{43})$`);

/** Whether a value has the form of a placeholder, so that it is no key of anybody's. */
export function isPlaceholder(value: string): boolean {
  return PLACEHOLDER.test(value);
}

/**
 * Whether one of the headers that SDKs use, or the parameter `key` of the request's target, holds the workload's placeholder, perhaps
 * behind the start of a key as in `sk-ant-agt_…`. Compares in constant time.
 */
export function hasAgentToken(rawHeaders: readonly string[], target: string, token: Sensitive): boolean {
  let isThere = false;
  // Plain loops, and none ends early: this runs for each header of each request.
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (!SLOTS.includes((rawHeaders[index] ?? "").toLowerCase())) continue;
    if (isTokenIn((rawHeaders[index + 1] ?? "").replace(BEARER, ""), token)) isThere = true;
  }
  for (const value of parameterValues(target)) if (isTokenIn(value, token)) isThere = true;
  return isThere;
}

function isTokenIn(value: string, token: Sensitive): boolean {
  return token.equalsText(PLACEHOLDER.exec(value)?.[1] ?? value);
}

function parameterValues(target: string): readonly string[] {
  const mark = target.indexOf("?");
  return mark === -1 ? [] : new URLSearchParams(target.slice(mark + 1)).getAll("key");
}
