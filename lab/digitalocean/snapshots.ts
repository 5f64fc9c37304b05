// SPDX-License-Identifier: Apache-2.0
import { badRequest, notFound } from "./apiError.ts";
import type { Cloud } from "./cloud.ts";
import { findImage } from "./images.ts";
import { pageReply } from "./pagination.ts";
import { type ApiRequest, param, type Reply, type Route } from "./router.ts";
import type { ImageRecord } from "./state.ts";
import { ensureTags } from "./tagNames.ts";

/** A snapshot to put into the account. */
export interface SnapshotToAdd {
  readonly name: string;
  /** Slugs, for example ["nyc3"]. */
  readonly regions: readonly string[];
  /** Gigabytes. @default 10 */
  readonly minDiskSize?: number;
  /** @default 1 */
  readonly sizeGigabytes?: number;
  /** @default "Debian" */
  readonly distribution?: string;
  /** @default none */
  readonly tags?: readonly string[];
}

/** Puts a snapshot, as of a droplet that is long gone, into the account and returns its ID. */
export function addSnapshot(cloud: Cloud, snapshot: SnapshotToAdd): number {
  const image: ImageRecord = {
    id: cloud.nextId("image"),
    name: snapshot.name,
    type: "snapshot",
    distribution: snapshot.distribution ?? "Debian",
    slug: null,
    regions: [...snapshot.regions],
    createdAt: cloud.now(),
    minDiskSize: snapshot.minDiskSize ?? 10,
    sizeGigabytes: snapshot.sizeGigabytes ?? 1,
    description: "",
    tags: [],
    status: "available",
    dropletId: cloud.nextId("droplet"),
  };
  image.tags = ensureTags(cloud, snapshot.tags ?? [], { lastImage: image.id });
  cloud.state.images.set(image.id, image);
  cloud.save();
  return image.id;
}

/** /v2/snapshots */
export function snapshotRoutes(cloud: Cloud): readonly Route[] {
  const one = "/v2/snapshots/:snapshot_id";
  return [
    { method: "GET", path: "/v2/snapshots", handle: (request) => list(cloud, request) },
    {
      method: "GET",
      path: one,
      handle: (request) => ({ status: 200, body: { snapshot: renderSnapshot(existing(cloud, request)) } }),
    },
    {
      method: "DELETE",
      path: one,
      handle: (request) => {
        cloud.state.images.delete(existing(cloud, request).id);
        return { status: 204 };
      },
    },
  ];
}

/** All droplet snapshots are private images too; there are no volumes, hence no volume snapshots. */
function list(cloud: Cloud, request: ApiRequest): Reply {
  const type = request.query.get("resource_type");
  const isWanted = type === null || type === "droplet";
  const snapshots = [...cloud.state.images.values()].filter((image) => isWanted && image.type === "snapshot");
  return pageReply(request, "snapshots", snapshots, renderSnapshot);
}

function existing(cloud: Cloud, request: ApiRequest): ImageRecord {
  const id = param(request, "snapshot_id");
  const image = /^\d+$/.test(id) ? findImage(cloud, id) : undefined;
  if (image === undefined) throw notFound();
  if (image.type !== "snapshot") throw badRequest("the resource is not a snapshot");
  return image;
}

function renderSnapshot(image: ImageRecord): object {
  return {
    id: String(image.id),
    name: image.name,
    created_at: image.createdAt,
    regions: image.regions,
    resource_id: String(image.dropletId),
    resource_type: "droplet",
    min_disk_size: image.minDiskSize,
    size_gigabytes: image.sizeGigabytes,
    tags: image.tags,
  };
}
