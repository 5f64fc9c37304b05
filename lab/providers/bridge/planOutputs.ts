// SPDX-License-Identifier: Apache-2.0
import { type PropertyMap, UNKNOWN } from "../engine/propertyValue.ts";
import { DEFAULTS } from "./checkInputs.ts";
import { comparable, isZero, type ResourceSchema, storedInputs, storedValue } from "./resourceSchema.ts";

/** Returns what is known about a resource before it is created: its inputs; what the cloud chooses is unknown. */
export function planCreate(schema: ResourceSchema, inputs: PropertyMap): PropertyMap {
  const chosen = Object.entries(schema).filter(
    ([, { outputOnly, computed }]) => outputOnly === true || computed === true,
  );
  return { ...Object.fromEntries(chosen.map(([name]) => [name, UNKNOWN])), ...plannedInputs(schema, inputs) };
}

/** Returns the outputs after an update as far as they are known before: the old ones with the new inputs on top. */
export function planUpdate(schema: ResourceSchema, outputs: PropertyMap, inputs: PropertyMap): PropertyMap {
  const kept = Object.entries(outputs).filter(([name]) => {
    const property = schema[name];
    return property?.outputOnly === true || property?.computed === true;
  });
  return { ...Object.fromEntries(kept), ...plannedInputs(schema, inputs) };
}

function plannedInputs(schema: ResourceSchema, inputs: PropertyMap): PropertyMap {
  const planned = Object.entries(schema).filter((entry) => entry[1].planned !== undefined);
  return {
    ...Object.fromEntries(planned.map(([name, property]) => [name, property.planned])),
    ...storedInputs(schema, inputs),
  };
}

/**
 * Returns the inputs that describe a resource as it was found. On a refresh these are the old inputs with drifted values
 * replaced; on an import (no old inputs) all that differ from the defaults.
 */
export function inputsOf(schema: ResourceSchema, outputs: PropertyMap, oldInputs: PropertyMap): PropertyMap {
  if (Object.keys(oldInputs).length > 0) return refreshedInputs(schema, outputs, oldInputs);
  const settable = Object.entries(schema).filter(([name, property]) => {
    if (property.outputOnly === true || isZero(outputs[name])) return false;
    return comparable(property, outputs[name]) !== comparable(property, property.default);
  });
  return { ...Object.fromEntries(settable.map(([name]) => [name, outputs[name]])), [DEFAULTS]: [] };
}

function refreshedInputs(schema: ResourceSchema, outputs: PropertyMap, oldInputs: PropertyMap): PropertyMap {
  const entries = Object.entries(oldInputs).map(([name, old]) => {
    const property = schema[name];
    if (property === undefined) return [name, old] as const;
    const isKept = comparable(property, outputs[name]) === comparable(property, storedValue(property, old));
    return [name, isKept ? old : outputs[name]] as const;
  });
  return Object.fromEntries(entries);
}
