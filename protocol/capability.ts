// SPDX-License-Identifier: Apache-2.0
import { readList, readObject, readOneOf, readText } from "./shape.ts";

/** What an operator may be allowed to do, as the tailnet policy names it. */
export const CONTROL_ACTIONS = ["status", "put", "activate", "revoke", "wipe", "audit", "seal", "restart"] as const;

/** One of {@link CONTROL_ACTIONS}. */
export type ControlAction = (typeof CONTROL_ACTIONS)[number];

/** One element of the capability's value in the tailnet policy. */
export interface ControlRule {
  readonly actions: readonly ControlAction[];
  /** Key names; `*` stands for any run of characters. */
  readonly keys: readonly string[];
}

const readRules = readList(
  readObject<ControlRule>({
    actions: readList(readOneOf(CONTROL_ACTIONS), CONTROL_ACTIONS.length),
    keys: readList(readText(64, /^[a-z0-9*-]+$/, "a key name with *"), 64),
  }),
  64,
);

/**
 * Reads the capability's values. One malformed element voids them all, so that a typing error never grants more than was meant.
 * @throws ParseError
 */
export function parseControlRules(values: unknown): readonly ControlRule[] {
  return readRules(values, "capability");
}

/** Whether a rule allows the action on the key of that name; name `*` asks for all keys and needs a rule for all keys. */
export function mayControl(rules: readonly ControlRule[], action: ControlAction, name: string): boolean {
  return rules.some((rule) => rule.actions.includes(action) && rule.keys.some((glob) => matchesGlob(glob, name)));
}

/** Whether some rule allows the action at all, on whatever key. */
export function mayControlSome(rules: readonly ControlRule[], action: ControlAction): boolean {
  return rules.some((rule) => rule.actions.includes(action) && rule.keys.length > 0);
}

function matchesGlob(glob: string, name: string): boolean {
  if (name === "*") return glob === "*";
  const [head = "", ...rest] = glob.split("*");
  const tail = rest.pop();
  if (tail === undefined) return glob === name;
  if (!name.startsWith(head)) return false;
  let at = head.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - tail.length >= at && name.endsWith(tail);
}
