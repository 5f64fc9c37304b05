// SPDX-License-Identifier: Apache-2.0
import { isList, isMap, type PropertyMap, type PropertyValue } from "../engine/propertyValue.ts";

/** Returns an object member of an API answer. @throws when it is missing: the official provider crashes there. */
export function objectIn(answer: PropertyMap, name: string): PropertyMap {
  const value = answer[name];
  if (isMap(value)) return value;
  throw new Error(`the API's answer has no object "${name}", which the official provider needs`);
}

/** Returns a list member of an API answer; empty when missing or null. */
export function listIn(answer: PropertyMap, name: string): readonly PropertyValue[] {
  const value = answer[name];
  return isList(value) ? value : [];
}

/** Returns a text member of an API answer; empty when missing. Numbers become text. */
export function textIn(answer: PropertyMap, name: string): string {
  const value = answer[name];
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** Returns a number member of an API answer; 0 when missing. */
export function numberIn(answer: PropertyMap, name: string): number {
  const value = answer[name];
  return typeof value === "number" ? value : 0;
}
