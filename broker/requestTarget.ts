// SPDX-License-Identifier: Apache-2.0
import { isPlaceholder } from "./agentToken.ts";
import { hasAuthParameter } from "./authSlots.ts";

/** Where a request wants to go. */
export interface RequestTarget {
  /** First segment of the path. */
  readonly provider: string;
  /** The rest of the path, from its slash on. */
  readonly path: string;
  /** From the question mark on, or empty; without the placeholder, which some clients send as the parameter `key`. */
  readonly query: string;
}

const LONGEST = 2048;
// No escape, no backslash, no `@`, no `;`: every allowed path does without, so there is nothing that two parsers could read in two ways.
const PATH = /^\/([a-z][a-z0-9-]{0,30})((?:\/[A-Za-z0-9_.:-]+)+)$/;
const QUERY = /^\?(?:[A-Za-z0-9._~!$&'()*+,:/?-]|=|%[0-9A-Fa-f]{2})*$/;

/** Splits a request target in origin form; undefined for every other form and for anything ambiguous. */
export function parseRequestTarget(target: string): RequestTarget | undefined {
  if (target.length > LONGEST) return undefined;
  const mark = target.indexOf("?");
  const query = mark === -1 ? "" : withoutPlaceholder(target.slice(mark));
  const [, provider, path] = PATH.exec(mark === -1 ? target : target.slice(0, mark)) ?? [];
  if (provider === undefined || path === undefined || /\/\.{1,2}(?:\/|$)/.test(path)) return undefined;
  if (query !== "" && (!QUERY.test(query) || hasAuthParameter(query.slice(1)))) return undefined;
  return { provider, path, query };
}

/** Takes away the parameters `key` that hold a placeholder; one that holds anything else stays, to be refused. */
function withoutPlaceholder(query: string): string {
  const kept = query
    .slice(1)
    .split("&")
    .filter((parameter) => !(parameter.startsWith("key=") && isPlaceholder(parameter.slice("key=".length))));
  return kept.length === 0 ? "" : `?${kept.join("&")}`;
}
