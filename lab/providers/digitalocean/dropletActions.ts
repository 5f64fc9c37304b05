// SPDX-License-Identifier: Apache-2.0
import type { PropertyMap } from "../engine/propertyValue.ts";
import type { DigitalOceanClient } from "./client.ts";

/** Calls that start an action; each returns the API's answer with the action in it. */
export interface DropletActions {
  start(type: string, details?: PropertyMap): Promise<PropertyMap>;
  attach(volume: string): Promise<PropertyMap>;
  detach(volume: string): Promise<PropertyMap>;
}

/** Returns the actions of one droplet. */
export function dropletActions(client: DigitalOceanClient, id: string): DropletActions {
  const volumeAction = (type: string) => (volume: string) =>
    client.call("POST", `/v2/volumes/${volume}/actions`, { type, droplet_id: Number(id) });
  return {
    start: (type, details = {}) => client.call("POST", `/v2/droplets/${id}/actions`, { type, ...details }),
    attach: volumeAction("attach"),
    detach: volumeAction("detach"),
  };
}
