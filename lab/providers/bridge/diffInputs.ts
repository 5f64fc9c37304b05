// SPDX-License-Identifier: Apache-2.0
import { containsUnknown, isAbsent, type PropertyValue } from "../engine/propertyValue.ts";
import type { Difference, DiffRequest, PropertyChange } from "../engine/resourceProvider.ts";
import { isDefaulted } from "./checkInputs.ts";
import { comparable, isZero, type PropertySchema, type ResourceSchema, storedValue } from "./resourceSchema.ts";

/**
 * Compares the kept outputs with the new inputs, as the bridge does: an unset input counts only where the provider
 * chooses no value itself, and drift that a refresh found in the outputs shows as a change.
 */
export function diffInputs(schema: ResourceSchema, request: DiffRequest): Difference {
  const changes = new Map<string, PropertyChange>();
  for (const [name, property] of Object.entries(schema)) {
    if (property.outputOnly === true || isIgnored(name, request.ignoreChanges)) continue;
    const kind = changeOf(property, request.outputs[name], request.inputs[name]);
    if (kind !== undefined) changes.set(name, { kind, replace: property.replaces === true });
  }
  return { changes, deleteBeforeReplace: hasNameOfItsOwn(schema, request) };
}

function changeOf(
  property: PropertySchema,
  old: PropertyValue | undefined,
  wanted: PropertyValue | undefined,
): PropertyChange["kind"] | undefined {
  if (wanted === undefined) return property.computed === true || isZero(old) ? undefined : "delete";
  if (!containsUnknown(wanted) && isKept(property, old, wanted)) return undefined;
  return isAbsent(old) ? "add" : "update";
}

function isKept(property: PropertySchema, old: PropertyValue | undefined, wanted: PropertyValue): boolean {
  // Old states may hold the full text where a digest is kept now.
  if (property.stored !== undefined && old === wanted) return true;
  return comparable(property, old) === comparable(property, storedValue(property, wanted));
}

function isIgnored(name: string, ignoreChanges: readonly string[]): boolean {
  return ignoreChanges.some((path) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`));
}

/** A name that the program chose would be taken twice if the new resource came before the old one is gone. */
function hasNameOfItsOwn(schema: ResourceSchema, { inputs }: DiffRequest): boolean {
  return Object.entries(schema).some(([name, property]) => property.autoName === true && !isDefaulted(inputs, name));
}
