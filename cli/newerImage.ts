// SPDX-License-Identifier: Apache-2.0
import type { CloudDroplet, CloudImage } from "./digitalOceanShapes.ts";

/** The image that a droplet booted from, and whether there is a newer one like it. */
export interface ImageStatus {
  readonly id: string;
  /** Or `unknown`. */
  readonly name: string;
  /** RFC 3339, or `unknown`. */
  readonly createdAt: string;
  readonly newer: Pick<CloudImage, "id" | "name" | "createdAt"> | null | "unknown";
}

/** Looks the droplet's image up; one that the account no longer has, or that is not its own, has no name to compare others with. */
export function imageStatus(
  { imageId, region }: Pick<CloudDroplet, "imageId" | "region">,
  images: readonly CloudImage[] | undefined,
): ImageStatus {
  const own = images?.find(({ id }) => id === imageId);
  if (images === undefined || own === undefined)
    return { id: imageId, name: "unknown", createdAt: "unknown", newer: "unknown" };
  const [newest] = images
    .filter((image) => image.regions.includes(region) && familyOf(image.name) === familyOf(own.name))
    .filter((image) => Date.parse(image.createdAt) > Date.parse(own.createdAt))
    .sort((left, right) => Date.parse(right.createdAt) - Date.parse(left.createdAt));
  const newer = newest === undefined ? null : { id: newest.id, name: newest.name, createdAt: newest.createdAt };
  return { id: imageId, name: own.name, createdAt: own.createdAt, newer };
}

/** A name without the time or number at its end: `office-claws-agent-20261123-120000` is of the family `office-claws-agent`. */
function familyOf(name: string): string {
  return name.replace(/[-_.:v\d]*\d[-_.:tz\d]*$/i, "");
}
