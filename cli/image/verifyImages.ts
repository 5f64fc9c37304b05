// SPDX-License-Identifier: Apache-2.0
import type { DigitalOcean } from "../digitalOcean.ts";
import type { CloudImage } from "../digitalOceanShapes.ts";
import { IMAGE_NAME_PREFIX } from "./agentImages.ts";

/** What an image must be good for. */
export interface ImageUse {
  /** The agent, or null when an image is looked at by itself. */
  readonly agent: string | null;
  readonly imageId: string;
  readonly region?: string | undefined;
  readonly size?: string | undefined;
}

/** What was found about one use of an image. */
export interface ImageFinding extends Pick<ImageUse, "agent" | "imageId"> {
  readonly name: string | null;
  /** Why a droplet cannot be made from it; empty when it can. */
  readonly problems: readonly string[];
}

/** Checks that droplets can be made from images. Nothing is changed. */
export async function verifyImages(
  cloud: Pick<DigitalOcean, "ownImages" | "sizeDisks">,
  uses: readonly ImageUse[],
): Promise<readonly ImageFinding[]> {
  const [images, disks] = await Promise.all([cloud.ownImages(), cloud.sizeDisks()]);
  const byId = new Map(images.map((image) => [image.id, image]));
  return uses.map((use) => {
    const image = byId.get(use.imageId);
    const problems = image === undefined ? ["is not among the account's images"] : problemsOf(image, use, disks);
    return { agent: use.agent, imageId: use.imageId, name: image?.name ?? null, problems };
  });
}

function problemsOf(image: CloudImage, { region, size }: ImageUse, disks: ReadonlyMap<string, number>): string[] {
  const { name, status, regions, minDiskGigabytes } = image;
  const disk = size === undefined ? undefined : disks.get(size);
  return [
    ...(status === "available" ? [] : [`has status ${status}, not available`]),
    ...(name.startsWith(IMAGE_NAME_PREFIX) ? [] : [`was not made by the template: its name is ${name}`]),
    ...(region === undefined || regions.includes(region)
      ? []
      : [`is not in region ${region}, only in ${regions.join(", ") || "none"}`]),
    ...(size === undefined || disk !== undefined ? [] : [`cannot be checked for size ${size}, which does not exist`]),
    ...(disk === undefined || disk >= minDiskGigabytes
      ? []
      : [`needs a disk of ${minDiskGigabytes} GB, and size ${size ?? ""} has ${disk}`]),
  ];
}
