// SPDX-License-Identifier: Apache-2.0
import type { PropertySchema } from "../bridge/resourceSchema.ts";
import type { PropertyValue } from "../engine/propertyValue.ts";

const TAG_NAME = /^[a-zA-Z0-9:\-_]{1,255}$/;

/** Returns why a tag name is refused. */
export function refuseTagName(value: PropertyValue): string | undefined {
  if (typeof value === "string" && TAG_NAME.test(value)) return undefined;
  return "a tag is 1 to 255 letters, numbers, colons, dashes and underscores";
}

/** A set of tags: the API keeps the first capitalisation ever used, so case does not count. */
export const TAG_SET: PropertySchema = {
  shape: { set: "string" },
  folded: (tag) => tag.toLowerCase(),
  refuse: refuseTagName,
};
