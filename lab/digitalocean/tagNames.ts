// SPDX-License-Identifier: Apache-2.0
import { unprocessable } from "./apiError.ts";
import type { Cloud } from "./cloud.ts";
import type { TagRecord } from "./state.ts";

/** Whether a text can be a tag's name. */
export function isTagName(name: string): boolean {
  return /^[a-zA-Z0-9_:-]{1,255}$/.test(name);
}

/** Whether a droplet or an image carries a tag; capitalisation makes no difference. */
export function isTagged(resource: { readonly tags: readonly string[] }, tag: string): boolean {
  return resource.tags.some((other) => other.toLowerCase() === tag.toLowerCase());
}

/** The tag with this name in any capitalisation. */
export function findTag(cloud: Cloud, name: string): TagRecord | undefined {
  return cloud.state.tags.get(name.toLowerCase());
}

/** The existing tag or, when there is none, a new one that keeps this capitalisation for ever. */
export function ensureTag(cloud: Cloud, name: string): TagRecord {
  const existing = findTag(cloud, name);
  if (existing !== undefined) return existing;
  const tag: TagRecord = { name, lastDroplet: null, lastImage: null };
  cloud.state.tags.set(name.toLowerCase(), tag);
  return tag;
}

/**
 * Makes the tags that do not exist yet, notes the resource as tagged last, and returns the names as they are written.
 * @throws ApiError 422 when one is no tag name; then none is made.
 */
export function ensureTags(
  cloud: Cloud,
  names: readonly string[],
  tagged: Partial<Pick<TagRecord, "lastDroplet" | "lastImage">>,
): string[] {
  checkTagNames(names);
  const tags = names.map((name) => Object.assign(ensureTag(cloud, name), tagged));
  return [...new Set(tags.map((tag) => tag.name))];
}

/** @throws ApiError 422 when one is no tag name. */
export function checkTagNames(names: readonly string[]): void {
  const wrong = names.find((name) => !isTagName(name));
  if (wrong === undefined) return;
  throw unprocessable(
    `"${wrong}" is an invalid tag: names hold letters, numbers, colons, dashes and underscores, up to 255 of them.`,
  );
}
