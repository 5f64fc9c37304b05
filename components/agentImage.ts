// SPDX-License-Identifier: Apache-2.0
import * as digitalocean from "@pulumi/digitalocean";
import * as pulumi from "@pulumi/pulumi";

/** Arguments of {@link AgentImage}. */
export interface AgentImageArgs {
  /** Numeric ID of a snapshot that the Packer template made, as a string. A slug or a name would move under the droplet. */
  readonly imageId: string;
  /** Region in which the snapshot must be available. */
  readonly region: string;
}

/** A pinned agent image, checked before anything is made from it. */
export class AgentImage extends pulumi.ComponentResource {
  /** The ID, known only once the snapshot was found available in the region. */
  public readonly imageId: pulumi.Output<string>;

  /** @throws {Error} if the ID is not numeric. */
  constructor(name: string, args: AgentImageArgs, opts?: pulumi.ComponentResourceOptions) {
    super("office-claws:index:AgentImage", name, {}, opts);
    if (!/^[1-9]\d*$/.test(args.imageId)) {
      throw new Error(`[imageId] must be the numeric ID of a snapshot, not "${args.imageId}"`);
    }
    const found = digitalocean.getImageOutput({ id: Number(args.imageId) }, { parent: this });
    this.imageId = found.apply((image) => checkImage(image, args));
    this.registerOutputs({ imageId: this.imageId });
  }
}

/** @throws {Error} naming the region and where the image is, or the image's status. */
export function checkImage(
  image: Pick<digitalocean.GetImageResult, "regions" | "status">,
  { imageId, region }: AgentImageArgs,
): string {
  if (image.status !== "available") {
    throw new Error(`image ${imageId} cannot be booted: its status is "${image.status}", not "available"`);
  }
  if (!image.regions.includes(region)) {
    throw new Error(`image ${imageId} is not in region "${region}", only in: ${image.regions.join(", ") || "none"}`);
  }
  return imageId;
}
