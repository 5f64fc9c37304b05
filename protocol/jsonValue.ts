// SPDX-License-Identifier: Apache-2.0
import { Sensitive } from "./sensitive.ts";

/** What {@link parseJson} gives: JSON's own values, with `Sensitive` where the caller asked for it. */
export type JsonValue = null | boolean | number | string | Sensitive | readonly JsonValue[] | JsonObject;

/** An object without a prototype, so that a look-up can find nothing but what the text held. */
export interface JsonObject {
  readonly [member: string]: JsonValue;
}

const PROTOTYPE_NAMES: readonly string[] = ["__proto__", "constructor", "prototype"];

/** Whether a member of this name could reach a prototype. */
export function isForbiddenName(name: string): boolean {
  return PROTOTYPE_NAMES.includes(name);
}

/** Overwrites every secret in a document that nobody will hold. */
export function wipeSecrets(value: JsonValue): void {
  if (value instanceof Sensitive) value.wipe();
  else if (typeof value === "object" && value !== null) Object.values(value).forEach(wipeSecrets);
}
