// SPDX-License-Identifier: Apache-2.0
import type { BridgedFunction } from "../bridge/bridgedProvider.ts";
import { asText, isAbsent, isMap, type PropertyMap } from "../engine/propertyValue.ts";
import { listIn, numberIn, objectIn, textIn } from "./apiObject.ts";
import { type DigitalOceanClient, DigitalOceanError } from "./client.ts";

const QUERIES: Readonly<Record<string, string>> = {
  all: "/v2/images",
  applications: "/v2/images?type=application",
  distributions: "/v2/images?type=distribution",
  user: "/v2/images?private=true",
};

/** Looks one image up by ID, slug or name (exactly one of them). No match or more than one is an error. */
export const getImage: BridgedFunction<DigitalOceanClient> = {
  schema: {
    id: { shape: "number" },
    name: { shape: "string" },
    slug: { shape: "string" },
    source: { shape: "string" },
  },
  async call(client, { id, name, slug, source }) {
    const given = [id, name, slug].filter((value) => !isAbsent(value) && value !== "");
    if (given.length !== 1) throw new Error("exactly one of id, name and slug must be given");
    if (!isAbsent(source) && isAbsent(name)) throw new Error("source can only be given with name");
    const found = typeof name === "string" ? findByName(client, name, source ?? "user") : findOne(client, id ?? slug);
    return parseImage(await found);
  },
};

async function findOne(client: DigitalOceanClient, key: PropertyMap[string]): Promise<PropertyMap> {
  const text = asText(key);
  const answer = await client.call("GET", `/v2/images/${encodeURIComponent(text)}`).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    const isMissing = error instanceof DigitalOceanError && error.status === 404;
    const missing = typeof key === "number" ? `image ID ${text} not found` : "image not found";
    throw new Error(`${isMissing ? missing : "Error retrieving image"}: ${reason}`, { cause: error });
  });
  return objectIn(answer, "image");
}

async function findByName(client: DigitalOceanClient, name: string, source: PropertyMap[string]): Promise<PropertyMap> {
  const path = QUERIES[asText(source).toLowerCase()];
  if (path === undefined)
    throw new Error(`source must be one of ${Object.keys(QUERIES).join(", ")}, not "${asText(source)}"`);
  const images = (await client.list(path, "images")).filter(isMap).filter((image) => image["name"] === name);
  const [image, ...more] = images;
  if (image === undefined) throw new Error(`no image found with name ${name}`);
  if (more.length === 0) return image;
  throw new Error(`too many images found with name ${name} (found ${String(images.length)}, expected 1)`);
}

function parseImage(found: PropertyMap): PropertyMap {
  const texts = ["name", "type", "distribution", "slug", "status", "description"];
  return {
    ...Object.fromEntries(texts.map((name) => [name, textIn(found, name)])),
    id: numberIn(found, "id"),
    image: textIn(found, "id"),
    private: found["public"] !== true,
    minDiskSize: numberIn(found, "min_disk_size"),
    sizeGigabytes: numberIn(found, "size_gigabytes"),
    created: textIn(found, "created_at"),
    regions: listIn(found, "regions"),
    tags: listIn(found, "tags"),
    errorMessage: textIn(found, "error_message"),
  };
}
