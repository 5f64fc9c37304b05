// SPDX-License-Identifier: Apache-2.0
import { badRequest, notFound } from "./apiError.ts";
import type { Cloud } from "./cloud.ts";
import { Fields } from "./fields.ts";
import { ownImageOrNone } from "./images.ts";
import { pageReply } from "./pagination.ts";
import { type ApiRequest, param, type Reply, type Route } from "./router.ts";
import type { DropletRecord, ImageRecord, TagRecord } from "./state.ts";
import { ensureTag, findTag, isTagged, isTagName } from "./tagNames.ts";

const taggableTypes = ["droplet", "image", "volume", "volume_snapshot", "database", "firewall"];

/** /v2/tags */
export function tagRoutes(cloud: Cloud): readonly Route[] {
  const one = "/v2/tags/:tag";
  return [
    {
      method: "GET",
      path: "/v2/tags",
      handle: (request) =>
        pageReply(request, "tags", [...cloud.state.tags.values()], (tag) => renderTag(cloud, tag, request.baseUrl)),
    },
    { method: "POST", path: "/v2/tags", handle: (request) => create(cloud, request) },
    { method: "GET", path: one, handle: (request) => tagReply(cloud, 200, existing(cloud, request), request) },
    { method: "DELETE", path: one, handle: (request) => remove(cloud, request) },
    { method: "POST", path: `${one}/resources`, handle: (request) => changeResources(cloud, request, addTag) },
    { method: "DELETE", path: `${one}/resources`, handle: (request) => changeResources(cloud, request, removeTag) },
  ];
}

/** Making a tag that exists is no error: it answers with the one there is. */
function create(cloud: Cloud, request: ApiRequest): Reply {
  const name = new Fields(request.body).text("name");
  if (!isTagName(name)) throw badRequest(`tag-name "${name}" contains invalid characters`);
  return tagReply(cloud, 201, ensureTag(cloud, name), request);
}

/** Deleting a tag takes it off everything that carries it; a firewall on it then covers fewer droplets. */
function remove(cloud: Cloud, request: ApiRequest): Reply {
  const tag = existing(cloud, request);
  const { droplets, images, firewalls, tags } = cloud.state;
  for (const resource of [...droplets.values(), ...images.values(), ...firewalls.values()]) removeTag(resource, tag);
  tags.delete(tag.name.toLowerCase());
  cloud.coverage.refresh();
  return { status: 204 };
}

type Change = (resource: { tags: string[] }, tag: TagRecord) => void;

const addTag: Change = (resource, tag) => {
  if (!isTagged(resource, tag.name)) resource.tags = [...resource.tags, tag.name];
};

const removeTag: Change = (resource, tag) => {
  resource.tags = resource.tags.filter((name) => name.toLowerCase() !== tag.name.toLowerCase());
};

/** A resource that does not exist is no error, as the real API has it. */
function changeResources(cloud: Cloud, request: ApiRequest, change: Change): Reply {
  const tag = existing(cloud, request);
  const wanted = new Fields(request.body).objects("resources").map((resource) => ({
    id: String(resource.raw("resource_id")),
    type: resource.text("resource_type"),
  }));
  if (wanted.some(({ type }) => !taggableTypes.includes(type))) throw notFound();
  for (const { id, type } of wanted) {
    const droplet = type === "droplet" ? cloud.state.droplets.get(Number(id)) : undefined;
    const image = type === "image" ? ownImageOrNone(cloud, id) : undefined;
    if (droplet !== undefined) change(droplet, tag);
    if (image !== undefined) change(image, tag);
    if (change !== addTag) continue;
    tag.lastDroplet = droplet?.id ?? tag.lastDroplet;
    tag.lastImage = image?.id ?? tag.lastImage;
  }
  cloud.coverage.refresh();
  return { status: 204 };
}

/** In a path a tag must be written with its own capitalisation. */
function existing(cloud: Cloud, request: ApiRequest): TagRecord {
  const name = param(request, "tag");
  const tag = findTag(cloud, name);
  if (tag?.name !== name) throw notFound();
  return tag;
}

function tagReply(cloud: Cloud, status: number, tag: TagRecord, request: ApiRequest): Reply {
  return { status, body: { tag: renderTag(cloud, tag, request.baseUrl) } };
}

function renderTag(cloud: Cloud, tag: TagRecord, baseUrl: string): object {
  const tagged = <T extends DropletRecord | ImageRecord>(resources: ReadonlyMap<number, T>): number =>
    [...resources.values()].filter((resource) => isTagged(resource, tag.name)).length;
  const droplets = tagged(cloud.state.droplets);
  const images = tagged(cloud.state.images);
  const dropletUri = uri(droplets, `${baseUrl}/v2/droplets/`, tag.lastDroplet);
  const imageUri = uri(images, `${baseUrl}/v2/images/`, tag.lastImage);
  return {
    name: tag.name,
    resources: {
      count: droplets + images,
      ...imageUri,
      ...dropletUri,
      droplets: { count: droplets, ...dropletUri },
      images: { count: images, ...imageUri },
      volumes: { count: 0 },
      volume_snapshots: { count: 0 },
      databases: { count: 0 },
    },
  };
}

function uri(count: number, prefix: string, id: number | null): { last_tagged_uri?: string } {
  return count > 0 && id !== null ? { last_tagged_uri: `${prefix}${id}` } : {};
}
