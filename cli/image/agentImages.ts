// SPDX-License-Identifier: Apache-2.0
import type { CloudDroplet, CloudImage } from "../digitalOceanShapes.ts";

/** How the names of the snapshots begin that the Packer template makes. */
export const IMAGE_NAME_PREFIX = "office-claws-agent-";

/** A snapshot that the Packer template made. */
export interface AgentImage extends CloudImage {
  /** Droplets that were made from it, and stacks whose files name it; empty when nothing needs it. */
  readonly usedBy: readonly string[];
}

/**
 * The account's agent images, newest first.
 *
 * @param droplets all of the account, whoever made them
 * @param stacksNaming the stacks whose files name an image's ID
 */
export function agentImages(
  images: readonly CloudImage[],
  droplets: readonly CloudDroplet[],
  stacksNaming: (imageId: string) => readonly string[],
): readonly AgentImage[] {
  return images
    .filter(({ name }) => name.startsWith(IMAGE_NAME_PREFIX))
    .map((image) => ({ ...image, usedBy: usersOf(image.id, droplets, stacksNaming) }))
    .sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt) || Number(b.id) - Number(a.id));
}

function usersOf(
  id: string,
  droplets: readonly CloudDroplet[],
  stacksNaming: (imageId: string) => readonly string[],
): readonly string[] {
  const booted = droplets.filter(({ imageId }) => imageId === id).map(({ name }) => `droplet ${name}`);
  return [...booted, ...stacksNaming(id).map((stack) => `stack ${stack}`)];
}

/** The images to delete: of those that nothing uses, all but the `keep` newest of all images. */
export function prunable(images: readonly AgentImage[], keep: number): readonly AgentImage[] {
  return images.slice(keep).filter(({ usedBy }) => usedBy.length === 0);
}
