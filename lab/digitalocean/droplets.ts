// SPDX-License-Identifier: Apache-2.0
import { badRequest, notFound, unprocessable } from "./apiError.ts";
import type { Cloud } from "./cloud.ts";
import { createDroplet, destroyDroplet } from "./dropletLifecycle.ts";
import { readDropletRequest } from "./dropletRequest.ts";
import { renderDroplet } from "./dropletView.ts";
import { Fields } from "./fields.ts";
import { renderFirewall } from "./firewalls.ts";
import { pageReply } from "./pagination.ts";
import { type ApiRequest, numericParam, type Reply, type Route } from "./router.ts";
import type { DropletRecord, ImageRecord } from "./state.ts";
import { findTag, isTagged } from "./tagNames.ts";

/** /v2/droplets without their actions */
export function dropletRoutes(cloud: Cloud): readonly Route[] {
  const one = "/v2/droplets/:droplet_id";
  return [
    { method: "GET", path: "/v2/droplets", handle: (request) => list(cloud, request) },
    { method: "POST", path: "/v2/droplets", handle: (request) => create(cloud, request) },
    { method: "DELETE", path: "/v2/droplets", handle: (request) => removeByTag(cloud, request) },
    {
      method: "GET",
      path: one,
      handle: (request) => ({
        status: 200,
        body: { droplet: renderDroplet(cloud, existingDroplet(cloud, request)) },
      }),
    },
    {
      method: "DELETE",
      path: one,
      handle: (request) => {
        destroyDroplet(cloud, existingDroplet(cloud, request), request.actionFault);
        return { status: 204 };
      },
    },
    {
      method: "GET",
      path: `${one}/snapshots`,
      handle: (request) => pageReply(request, "snapshots", snapshotsOf(cloud, request), renderDropletSnapshot),
    },
    {
      method: "GET",
      path: `${one}/backups`,
      handle: (request) => {
        existingDroplet(cloud, request);
        return pageReply(request, "backups", [], () => ({}));
      },
    },
    {
      method: "GET",
      path: `${one}/firewalls`,
      handle: (request) =>
        pageReply(request, "firewalls", cloud.coverage.covering(existingDroplet(cloud, request)), renderFirewall),
    },
  ];
}

/** The droplet of the path. @throws ApiError 404 when there is none. */
export function existingDroplet(cloud: Cloud, request: ApiRequest): DropletRecord {
  const droplet = cloud.state.droplets.get(numericParam(request, "droplet_id"));
  if (droplet === undefined) throw notFound();
  return droplet;
}

/** The droplets that carry the query's `tag_name`. @throws ApiError 400 without one. */
export function dropletsByTag(cloud: Cloud, request: ApiRequest): readonly DropletRecord[] {
  const tag = request.query.get("tag_name") ?? "";
  if (tag === "") throw badRequest("tag_name is required");
  return [...cloud.state.droplets.values()].filter((droplet) => isTagged(droplet, tag));
}

function list(cloud: Cloud, request: ApiRequest): Reply {
  const name = request.query.get("name");
  const tag = request.query.get("tag_name");
  const type = request.query.get("type");
  if (tag !== null && (name !== null || type !== null)) {
    throw unprocessable("tag_name can not be combined with name or type");
  }
  const droplets = [...cloud.state.droplets.values()].filter(
    (droplet) =>
      (name === null || droplet.name.toLowerCase() === name.toLowerCase()) &&
      (tag === null || isTagged(droplet, tag)) &&
      type !== "gpus",
  );
  return pageReply(request, "droplets", droplets, (droplet) => renderDroplet(cloud, droplet));
}

function create(cloud: Cloud, request: ApiRequest): Reply {
  const fields = new Fields(request.body);
  const wanted = readDropletRequest(cloud, fields);
  if (cloud.state.droplets.size + wanted.names.length > cloud.dropletLimit) {
    throw unprocessable("creating this/these droplet(s) will exceed your droplet limit");
  }
  const created = wanted.names.map((name) => createDroplet(cloud, wanted, name, request.actionFault));
  const views = created.map(({ droplet }) => renderDroplet(cloud, droplet));
  const actions = created.map(({ action }) => ({
    id: action.id,
    rel: fields.has("names") ? "multiple_create" : "create",
    href: `${request.baseUrl}/v2/actions/${action.id}`,
  }));
  const body = fields.has("names") ? { droplets: views } : { droplet: views[0] };
  return { status: 202, body: { ...body, links: { actions } } };
}

function removeByTag(cloud: Cloud, request: ApiRequest): Reply {
  const droplets = dropletsByTag(cloud, request);
  if (findTag(cloud, request.query.get("tag_name") ?? "") === undefined) throw notFound();
  for (const droplet of droplets) if (!droplet.deleting) destroyDroplet(cloud, droplet, request.actionFault);
  return { status: 204 };
}

function snapshotsOf(cloud: Cloud, request: ApiRequest): readonly ImageRecord[] {
  const droplet = existingDroplet(cloud, request);
  return [...cloud.state.images.values()].filter((image) => image.dropletId === droplet.id);
}

function renderDropletSnapshot(image: ImageRecord): object {
  return {
    id: image.id,
    name: image.name,
    distribution: image.distribution,
    slug: null,
    public: false,
    regions: image.regions,
    created_at: image.createdAt,
    min_disk_size: image.minDiskSize,
    size_gigabytes: image.sizeGigabytes,
    type: "snapshot",
  };
}
