// SPDX-License-Identifier: Apache-2.0
import { isAbsent, isMap, type PropertyMap } from "../engine/propertyValue.ts";
import { listIn, numberIn, objectIn, textIn } from "./apiObject.ts";

/**
 * Reads a droplet of the API into outputs. The image is left out on purpose: a slug moves on to newer images, so the
 * official provider never reads it back.
 */
export function parseDroplet(found: PropertyMap): PropertyMap {
  const [size, networks] = [objectIn(found, "size"), objectIn(found, "networks")];
  const ipv4Address = addressOf(networks, "v4", "public");
  return {
    name: textIn(found, "name"),
    dropletUrn: `do:droplet:${textIn(found, "id")}`,
    region: textIn(objectIn(found, "region"), "slug"),
    size: textIn(size, "slug"),
    priceHourly: numberIn(size, "price_hourly"),
    priceMonthly: numberIn(size, "price_monthly"),
    disk: numberIn(found, "disk"),
    vcpus: numberIn(found, "vcpus"),
    memory: numberIn(found, "memory"),
    status: textIn(found, "status"),
    locked: found["locked"] === true,
    createdAt: textIn(found, "created_at"),
    vpcUuid: textIn(found, "vpc_uuid"),
    ipv4Address,
    ipv4AddressPrivate: addressOf(networks, "v4", "private"),
    ipv6Address: addressOf(networks, "v6", "public").toLowerCase(),
    publicNetworking: ipv4Address !== "",
    ...parseFeatures(found),
    volumeIds: listIn(found, "volume_ids"),
    tags: listIn(found, "tags").filter((tag) => tag !== ""),
  };
}

/** Reads the image of a droplet, which only an import does: its slug, or its ID when it has none. */
export function parseImage(found: PropertyMap): string {
  const image = objectIn(found, "image");
  return textIn(image, "slug") || textIn(image, "id");
}

function parseFeatures(found: PropertyMap): PropertyMap {
  if (isAbsent(found["features"])) return {};
  const features = listIn(found, "features");
  return {
    backups: features.includes("backups"),
    ipv6: features.includes("ipv6"),
    privateNetworking: features.includes("private_networking"),
    monitoring: features.includes("monitoring"),
  };
}

function addressOf(networks: PropertyMap, family: "v4" | "v6", type: "public" | "private"): string {
  const found = listIn(networks, family).find((network) => isMap(network) && network["type"] === type);
  return isMap(found) ? textIn(found, "ip_address") : "";
}
