// SPDX-License-Identifier: Apache-2.0
import { actionReply, actionsReply, renderAction, startAction } from "./actions.ts";
import { unprocessable } from "./apiError.ts";
import type { Cloud } from "./cloud.ts";
import { Fields } from "./fields.ts";
import { ownImage } from "./images.ts";
import { findRegion } from "./regions.ts";
import type { ApiRequest, Reply, Route } from "./router.ts";
import type { ActionRecord, ImageRecord } from "./state.ts";

/** /v2/images/{id}/actions */
export function imageActionRoutes(cloud: Cloud): readonly Route[] {
  const path = "/v2/images/:image_id/actions";
  const ofImage = (request: ApiRequest): ((action: ActionRecord) => boolean) => {
    const image = ownImage(cloud, request);
    return (action) => action.resourceType === "image" && action.resourceId === image.id;
  };
  return [
    { method: "GET", path, handle: (request) => actionsReply(cloud, request, ofImage(request)) },
    {
      method: "GET",
      path: `${path}/:action_id`,
      handle: (request) => actionReply(cloud, request, ofImage(request)),
    },
    { method: "POST", path, handle: (request) => start(cloud, request) },
  ];
}

function start(cloud: Cloud, request: ApiRequest): Reply {
  const image = ownImage(cloud, request);
  const fields = new Fields(request.body);
  const type = fields.text("type");
  if (type !== "transfer" && type !== "convert") throw unprocessable(`The action type "${type}" is not supported.`);
  if (type === "convert" && image.type !== "snapshot") throw unprocessable("The image cannot be converted.");
  const region = type === "transfer" ? targetRegion(image, fields) : (image.regions[0] ?? "");
  const action = startAction(cloud, {
    type,
    resourceType: "image",
    resourceId: image.id,
    regionSlug: region,
    delay: cloud.timing.action,
    fault: request.actionFault,
    effect: () => {
      if (!image.regions.includes(region)) image.regions = [...image.regions, region];
    },
  });
  return { status: 201, body: { action: renderAction(action) } };
}

function targetRegion(image: ImageRecord, fields: Fields): string {
  const region = findRegion(fields.text("region"));
  if (region === undefined) throw unprocessable("You specified an invalid region for the transfer.");
  if (image.regions.includes(region.slug)) throw unprocessable("The image is already available in this region.");
  return region.slug;
}
