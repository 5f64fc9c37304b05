// SPDX-License-Identifier: Apache-2.0
import { actionReply, actionsReply, renderAction, startAction } from "./actions.ts";
import { unprocessable } from "./apiError.ts";
import type { Cloud } from "./cloud.ts";
import { dropletEffect } from "./dropletEffects.ts";
import { checkNotDeleted } from "./dropletLifecycle.ts";
import { dropletsByTag, existingDroplet } from "./droplets.ts";
import { Fields } from "./fields.ts";
import type { ApiRequest, Reply, Route } from "./router.ts";
import type { ActionRecord, DropletRecord } from "./state.ts";

/** Types that can be started on all droplets of a tag at once. */
const bulkTypes = [
  ...["power_cycle", "power_on", "power_off", "shutdown"],
  ...["enable_ipv6", "enable_private_networking", "enable_backups", "disable_backups", "snapshot"],
];

/** /v2/droplets/{id}/actions and /v2/droplets/actions?tag_name= */
export function dropletActionRoutes(cloud: Cloud): readonly Route[] {
  const path = "/v2/droplets/:droplet_id/actions";
  const ofDroplet = (request: ApiRequest): ((action: ActionRecord) => boolean) => {
    const { id } = existingDroplet(cloud, request);
    return (action) => action.resourceType === "droplet" && action.resourceId === id;
  };
  return [
    { method: "POST", path: "/v2/droplets/actions", handle: (request) => startByTag(cloud, request) },
    { method: "GET", path, handle: (request) => actionsReply(cloud, request, ofDroplet(request)) },
    {
      method: "GET",
      path: `${path}/:action_id`,
      handle: (request) => actionReply(cloud, request, ofDroplet(request)),
    },
    {
      method: "POST",
      path,
      handle: (request) => {
        const droplet = existingDroplet(cloud, request);
        return { status: 201, body: { action: renderAction(start(cloud, droplet, request)) } };
      },
    },
  ];
}

function startByTag(cloud: Cloud, request: ApiRequest): Reply {
  const droplets = dropletsByTag(cloud, request);
  const type = new Fields(request.body).text("type");
  if (!bulkTypes.includes(type)) throw unprocessable(`The action type "${type}" can not be used with a tag.`);
  const actions = droplets.map((droplet) => renderAction(start(cloud, droplet, request)));
  return { status: 201, body: { actions } };
}

/** One droplet does one thing at a time. */
function start(cloud: Cloud, droplet: DropletRecord, request: ApiRequest): ActionRecord {
  const fields = new Fields(request.body);
  const type = fields.text("type");
  const effect = dropletEffect(cloud, droplet, type, fields);
  if (droplet.locked) throw unprocessable("Droplet already has a pending event.");
  droplet.locked = true;
  return startAction(cloud, {
    type,
    resourceType: "droplet",
    resourceId: droplet.id,
    regionSlug: droplet.regionSlug,
    delay: cloud.timing.action,
    fault: request.actionFault,
    effect: (action) => {
      checkNotDeleted(cloud, droplet);
      return effect(action);
    },
    finished: () => {
      if (!droplet.deleting) droplet.locked = false;
    },
  });
}
