// SPDX-License-Identifier: Apache-2.0

/** A property as the engine sends it: JSON, in which unknown values and secrets are marked by the two sentinels below. */
export type PropertyValue = null | boolean | number | string | readonly PropertyValue[] | PropertyMap;

/** Named properties of a resource; an absent and an `undefined` member mean the same. */
export interface PropertyMap {
  readonly [name: string]: PropertyValue | undefined;
}

/** What a value looks like in a preview as long as it is not known. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

// The engine may name the type that the unknown value will have.
const UNKNOWNS: ReadonlySet<unknown> = new Set([
  UNKNOWN,
  "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  "030794c1-ac77-496b-92df-f27374a8bd58",
  "e48ece36-62e2-4504-bad9-02848725956a",
  "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Tells whether the value itself is unknown. */
export function isUnknown(value: PropertyValue | undefined): boolean {
  return UNKNOWNS.has(value);
}

/** Tells whether the value is unknown or holds an unknown value at any depth. */
export function containsUnknown(value: PropertyValue | undefined): boolean {
  if (isUnknown(value)) return true;
  return children(value).some(containsUnknown);
}

/** Tells whether the value is a secret or holds one at any depth. */
export function containsSecret(value: PropertyValue | undefined): boolean {
  if (isMap(value) && value[SIGNATURE] === SECRET) return true;
  return children(value).some(containsSecret);
}

/** Marks a value as secret: the engine encrypts it in the state and hides it on the screen. */
export function secret(value: PropertyValue): PropertyMap {
  return { [SIGNATURE]: SECRET, value };
}

/** Returns the value with the secret marks removed at every depth. */
export function revealSecrets(value: PropertyMap): PropertyMap;
export function revealSecrets(value: PropertyValue | undefined): PropertyValue | undefined;
export function revealSecrets(value: PropertyValue | undefined): PropertyValue | undefined {
  if (isList(value)) return value.map((item) => revealSecrets(item) ?? null);
  if (!isMap(value)) return value;
  if (value[SIGNATURE] === SECRET) return revealSecrets(value["value"]);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, revealSecrets(item)]));
}

/** Tells whether the value is an object (not a list, not null). */
export function isMap(value: PropertyValue | undefined): value is PropertyMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Tells whether the value is a list. */
export function isList(value: PropertyValue | undefined): value is readonly PropertyValue[] {
  return Array.isArray(value);
}

/** Tells whether the value is undefined or null, which both mean "not set". */
export function isAbsent(value: PropertyValue | undefined): value is null | undefined {
  return value === undefined || value === null;
}

/** Returns a text as it is, any other value as JSON, and nothing for an absent one. */
export function asText(value: PropertyValue | undefined): string {
  return typeof value === "string" ? value : isAbsent(value) ? "" : canonical(value);
}

/** Tells whether two values are the same JSON, whatever the order of members and whether absent or `undefined`. */
export function isSame(left: PropertyValue | undefined, right: PropertyValue | undefined): boolean {
  return canonical(left) === canonical(right);
}

/** Returns one text for all spellings of the same JSON value. */
export function canonical(value: PropertyValue | undefined): string {
  if (isList(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isMap(value)) return value === undefined ? "" : JSON.stringify(value);
  const members = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${members
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`)
    .join(",")}}`;
}

function children(value: PropertyValue | undefined): readonly (PropertyValue | undefined)[] {
  if (isList(value)) return value;
  return isMap(value) ? Object.values(value) : [];
}
