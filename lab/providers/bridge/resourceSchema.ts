// SPDX-License-Identifier: Apache-2.0
import { canonical, isList, isMap, isUnknown, type PropertyMap, type PropertyValue } from "../engine/propertyValue.ts";

/** Form of a value. The order of a set does not count; members of an object have schemas of their own. */
export type Shape =
  | "string"
  | "number"
  | "boolean"
  | { readonly set: Shape }
  | { readonly object: Readonly<Record<string, PropertySchema>> };

/** What a bridged resource knows about one property, in the words of the official provider's schema. */
export interface PropertySchema {
  readonly shape: Shape;
  /** An output only: giving it as an input is refused. */
  readonly outputOnly?: boolean;
  readonly required?: boolean;
  /** The cloud chooses a value when none is given, so an unset input keeps what is there. */
  readonly computed?: boolean;
  readonly default?: PropertyValue;
  /** Planned for an unset input without being added to the inputs. */
  readonly planned?: PropertyValue;
  /** A change replaces the resource. */
  readonly replaces?: boolean;
  /** Named after the resource with a random end when unset. */
  readonly autoName?: boolean;
  /** Form in which an input is kept in the outputs, e.g. a digest. */
  readonly stored?: (value: string) => string;
  /** Brings both sides to one form before they are compared, e.g. lower case. */
  readonly folded?: (value: string) => string;
  /** Returns why a known value is refused. */
  readonly refuse?: (value: PropertyValue) => string | undefined;
}

/** All properties of a resource by name. */
export type ResourceSchema = Readonly<Record<string, PropertySchema>>;

/** Returns one text for all values that mean the same under the schema: unset, null and zero values are one. */
export function comparable({ shape, folded }: PropertySchema, value: PropertyValue | undefined): string {
  if (isZero(value) || value === undefined) return "";
  if (typeof value === "string") return canonical(folded === undefined ? value : folded(value));
  if (isList(value) && typeof shape === "object" && "set" in shape) {
    const element: PropertySchema = { shape: shape.set, ...(folded === undefined ? {} : { folded }) };
    return value
      .map((item) => comparable(element, item))
      .sort()
      .join(",");
  }
  if (!isMap(value) || typeof shape !== "object" || !("object" in shape)) return canonical(value);
  return Object.entries(shape.object)
    .map(([name, member]) => `${name}=${comparable(member, value[name])}`)
    .join(";");
}

/** Tells whether a value counts as unset. */
export function isZero(value: PropertyValue | undefined): boolean {
  if (isList(value)) return value.length === 0;
  return value === undefined || value === null || value === "" || value === false || value === 0;
}

/** Returns the inputs in the form in which outputs keep them. */
export function storedInputs(schema: ResourceSchema, inputs: PropertyMap): PropertyMap {
  const entries = Object.entries(inputs).filter(([name]) => schema[name] !== undefined);
  return Object.fromEntries(entries.map(([name, value]) => [name, storedValue(schema[name], value)]));
}

/** Returns one input in the form in which outputs keep it. */
export function storedValue(property: PropertySchema | undefined, value: PropertyValue | undefined) {
  if (typeof value !== "string" || isUnknown(value) || property?.stored === undefined) return value;
  return property.stored(value);
}
