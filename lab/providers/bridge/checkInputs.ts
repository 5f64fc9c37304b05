// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from "node:crypto";
import { isAbsent, isList, isMap, isUnknown, type PropertyMap, type PropertyValue } from "../engine/propertyValue.ts";
import type { CheckFailure, CheckRequest } from "../engine/resourceProvider.ts";
import type { PropertySchema, ResourceSchema, Shape } from "./resourceSchema.ts";

/** Input that lists which other inputs were filled in by the provider; the engine does not show names of this form. */
export const DEFAULTS = "__defaults";

const RANDOM_DIGITS = 7;

/**
 * Validates the inputs of a resource and fills in defaults and the generated name. A generated name of the last run is
 * kept. Every problem is reported, not just the first.
 */
export function checkInputs(
  schema: ResourceSchema,
  name: string,
  request: CheckRequest,
): { inputs: PropertyMap; failures: CheckFailure[] } {
  const given = Object.entries(request.inputs).filter(([key, value]) => !isAbsent(value) && key !== DEFAULTS);
  const failures = given.flatMap(([key, value]) => refusals(schema[key], key, value ?? null));
  const inputs: Record<string, PropertyValue | undefined> = Object.fromEntries(given);
  const defaults: string[] = [];
  for (const [key, property] of Object.entries(schema)) {
    if (inputs[key] !== undefined) continue;
    const value = property.autoName === true ? generatedName(key, name, request) : property.default;
    if (value === undefined) {
      if (property.required === true) failures.push({ property: key, reason: "missing required input" });
      continue;
    }
    inputs[key] = value;
    defaults.push(key);
  }
  return { inputs: { ...inputs, [DEFAULTS]: defaults.sort() }, failures };
}

/** Tells whether the input was filled in by the provider and not given by the program. */
export function isDefaulted(inputs: PropertyMap, name: string): boolean {
  const defaults = inputs[DEFAULTS];
  return isList(defaults) && defaults.includes(name);
}

function generatedName(key: string, name: string, { oldInputs, seed }: CheckRequest): string {
  const old = oldInputs[key];
  if (typeof old === "string" && isDefaulted(oldInputs, key)) return old;
  const random = seed.length > 0 ? createHash("sha256").update(seed).digest() : randomBytes(RANDOM_DIGITS);
  return `${name}-${random.toString("hex").slice(0, RANDOM_DIGITS)}`;
}

function refusals(property: PropertySchema | undefined, path: string, value: PropertyValue): CheckFailure[] {
  if (property === undefined) return [{ property: path, reason: "this resource type has no such input" }];
  if (property.outputOnly === true) return [{ property: path, reason: "this is an output and cannot be set" }];
  if (isUnknown(value)) return [];
  const nested = shapeRefusals(property.shape, path, value);
  if (nested.length > 0) return nested;
  const values = isList(value) ? value.filter((item) => !isUnknown(item)) : [value];
  const reasons = values.map((item) => property.refuse?.(item)).filter((reason) => reason !== undefined);
  return reasons.map((reason) => ({ property: path, reason }));
}

function shapeRefusals(shape: Shape, path: string, value: PropertyValue): CheckFailure[] {
  if (isUnknown(value)) return [];
  if (typeof shape === "string") {
    if (typeof value === shape) return [];
    return [{ property: path, reason: `expected a ${shape}, got a ${kindOf(value)}` }];
  }
  if ("set" in shape) {
    if (!isList(value)) return [{ property: path, reason: `expected a list, got a ${kindOf(value)}` }];
    return value.flatMap((item, index) => shapeRefusals(shape.set, `${path}[${String(index)}]`, item));
  }
  if (!isMap(value)) return [{ property: path, reason: `expected an object, got a ${kindOf(value)}` }];
  return memberRefusals(shape.object, path, value);
}

function memberRefusals(schema: ResourceSchema, path: string, value: PropertyMap): CheckFailure[] {
  const given = Object.entries(value).filter(([, member]) => !isAbsent(member));
  const missing = Object.entries(schema).filter(([name, { required }]) => required === true && isAbsent(value[name]));
  return [
    ...given.flatMap(([name, member]) => refusals(schema[name], `${path}.${name}`, member ?? null)),
    ...missing.map(([name]) => ({ property: `${path}.${name}`, reason: "missing required input" })),
  ];
}

function kindOf(value: PropertyValue): string {
  if (isList(value)) return "list";
  return value === null ? "null" : typeof value;
}
