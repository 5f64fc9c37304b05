// SPDX-License-Identifier: Apache-2.0
import { startAction } from "./actions.ts";
import { ApiError, badRequest, notFound, unprocessable } from "./apiError.ts";
import { baseImages } from "./baseImages.ts";
import type { Cloud } from "./cloud.ts";
import { Fields } from "./fields.ts";
import { pageReply } from "./pagination.ts";
import { findRegion } from "./regions.ts";
import { type ApiRequest, numericParam, param, type Reply, type Route } from "./router.ts";
import type { ImageRecord } from "./state.ts";
import { ensureTags, isTagged } from "./tagNames.ts";

const distributions = [
  ...["Arch Linux", "CentOS", "CoreOS", "Debian", "Fedora", "Fedora Atomic", "FreeBSD", "Gentoo", "openSUSE"],
  ...["RancherOS", "Rocky Linux", "Ubuntu"],
];

/** Every image that the account can use: its own ones and the public ones. */
export function allImages(cloud: Cloud): readonly ImageRecord[] {
  return [...baseImages(), ...cloud.state.images.values()];
}

/** The image with this ID, or, for a public one, with this slug. */
export function findImage(cloud: Cloud, identifier: number | string): ImageRecord | undefined {
  return allImages(cloud).find((image) => String(image.id) === String(identifier) || image.slug === identifier);
}

/** An image as the API shows it. */
export function renderImage(image: ImageRecord): object {
  return {
    id: image.id,
    name: image.name,
    distribution: image.distribution,
    slug: image.slug,
    public: image.type === "base",
    regions: image.regions,
    created_at: image.createdAt,
    // A public image's kind is told by `public`; `type` says "base" for those only since 2020.
    type: image.type,
    min_disk_size: image.minDiskSize,
    size_gigabytes: image.sizeGigabytes,
    description: image.description,
    tags: image.tags,
    status: image.status,
    error_message: "",
  };
}

/** /v2/images */
export function imageRoutes(cloud: Cloud): readonly Route[] {
  return [
    { method: "GET", path: "/v2/images", handle: (request) => list(cloud, request) },
    { method: "POST", path: "/v2/images", handle: (request) => createCustom(cloud, request) },
    {
      method: "GET",
      path: "/v2/images/:image_id",
      handle: (request) => {
        const image = findImage(cloud, param(request, "image_id"));
        if (image === undefined) throw notFound();
        return { status: 200, body: { image: renderImage(image) } };
      },
    },
    { method: "PUT", path: "/v2/images/:image_id", handle: (request) => update(cloud, request) },
    {
      method: "DELETE",
      path: "/v2/images/:image_id",
      handle: (request) => {
        cloud.state.images.delete(ownImage(cloud, request).id);
        return { status: 204 };
      },
    },
  ];
}

/** The account's own image of the path. @throws ApiError 404 when unknown, 403 when it is a public one. */
export function ownImage(cloud: Cloud, request: ApiRequest): ImageRecord {
  const image = findImage(cloud, numericParam(request, "image_id"));
  if (image === undefined) throw notFound();
  if (image.type === "base") throw new ApiError(403);
  return image;
}

/** The account's own image with this ID. */
export function ownImageOrNone(cloud: Cloud, id: string): ImageRecord | undefined {
  return /^\d+$/.test(id) ? cloud.state.images.get(Number(id)) : undefined;
}

function list(cloud: Cloud, request: ApiRequest): Reply {
  const type = request.query.get("type");
  const tag = request.query.get("tag_name");
  const isPrivate = request.query.get("private") === "true";
  const images = allImages(cloud).filter(
    (image) =>
      (type === null || (type === "distribution" && image.type === "base")) &&
      (!isPrivate || image.type !== "base") &&
      (tag === null || isTagged(image, tag)),
  );
  return pageReply(request, "images", images, renderImage);
}

function createCustom(cloud: Cloud, request: ApiRequest): Reply {
  const fields = new Fields(request.body);
  const name = fields.text("name");
  const region = findRegion(fields.text("region"));
  if (region === undefined) throw unprocessable("You specified an invalid region for the image.");
  if (!/^https?:\/\/[^\s/]+\/\S*$/i.test(fields.text("url"))) throw unprocessable("url must be a valid URL");
  const image: ImageRecord = {
    id: cloud.nextId("image"),
    name,
    type: "custom",
    distribution: knownDistribution(fields.optionalText("distribution")),
    slug: null,
    regions: [],
    createdAt: cloud.now(),
    minDiskSize: 10,
    sizeGigabytes: 1,
    description: fields.optionalText("description") ?? "",
    tags: [],
    status: "NEW",
    dropletId: null,
  };
  image.tags = ensureTags(cloud, fields.texts("tags"), { lastImage: image.id });
  cloud.state.images.set(image.id, image);
  startImport(cloud, image, region.slug, request.actionFault);
  return { status: 202, body: { image: renderImage(image) } };
}

/** Nothing is downloaded: after the delay the image counts as imported. */
function startImport(cloud: Cloud, image: ImageRecord, region: string, fault: ApiRequest["actionFault"]): void {
  startAction(cloud, {
    type: "import",
    resourceType: "image",
    resourceId: image.id,
    regionSlug: region,
    delay: cloud.timing.create,
    fault,
    effect: () => {
      image.status = "available";
      image.regions = [region];
    },
  });
}

function update(cloud: Cloud, request: ApiRequest): Reply {
  const image = ownImage(cloud, request);
  const fields = new Fields(request.body);
  if (!["name", "distribution", "description"].some((name) => fields.has(name))) throw badRequest();
  image.name = fields.optionalText("name") ?? image.name;
  image.description = fields.optionalText("description") ?? image.description;
  const distribution = fields.optionalText("distribution");
  if (distribution !== undefined) image.distribution = knownDistribution(distribution);
  return { status: 200, body: { image: renderImage(image) } };
}

function knownDistribution(name: string | undefined): string {
  return name !== undefined && distributions.includes(name) ? name : "Unknown";
}
