// SPDX-License-Identifier: Apache-2.0
import type { BridgedResource } from "../bridge/bridgedProvider.ts";
import { failed } from "../bridge/failed.ts";
import type { PropertySchema } from "../bridge/resourceSchema.ts";
import type { PropertyMap } from "../engine/propertyValue.ts";
import { numberIn, objectIn, textIn } from "./apiObject.ts";
import type { DigitalOceanClient } from "./client.ts";
import { refuseTagName } from "./tagNames.ts";

const COUNT: PropertySchema = { shape: "number", outputOnly: true };

/** A tag, whose ID is its name. */
export const tag: BridgedResource<DigitalOceanClient> = {
  schema: {
    name: { shape: "string", autoName: true, replaces: true, refuse: refuseTagName },
    totalResourceCount: COUNT,
    dropletsCount: COUNT,
    imagesCount: COUNT,
    volumesCount: COUNT,
    volumeSnapshotsCount: COUNT,
    databasesCount: COUNT,
  },
  async create(client, { name = "" }) {
    const answer = await client.call("POST", "/v2/tags", { name }).catch(failed("Error creating tag"));
    const id = textIn(objectIn(answer, "tag"), "name");
    return { id, outputs: (await readTag(client, id)) ?? { name } };
  },
  read: (client, { id }) => readTag(client, id),
  async update(client, { id, outputs }) {
    // Every input replaces, so there is nothing to send.
    return (await readTag(client, id)) ?? outputs;
  },
  async delete(client, { id }) {
    await client.call("DELETE", pathOf(id)).catch(failed("Error deleting tag"));
  },
};

async function readTag(client: DigitalOceanClient, id: string): Promise<PropertyMap | undefined> {
  const answer = await client.find(pathOf(id)).catch(failed("Error retrieving tag"));
  if (answer === undefined) return undefined;
  const found = objectIn(answer, "tag");
  const resources = objectIn(found, "resources");
  const count = (name: string) => numberIn(objectIn(resources, name), "count");
  return {
    name: textIn(found, "name"),
    totalResourceCount: numberIn(resources, "count"),
    dropletsCount: count("droplets"),
    imagesCount: count("images"),
    volumesCount: count("volumes"),
    volumeSnapshotsCount: count("volume_snapshots"),
    databasesCount: count("databases"),
  };
}

function pathOf(id: string): string {
  return `/v2/tags/${encodeURIComponent(id)}`;
}
