// SPDX-License-Identifier: Apache-2.0
import { ApiError, notFound } from "./apiError.ts";
import type { Cloud } from "./cloud.ts";
import { Fields } from "./fields.ts";
import { pageReply } from "./pagination.ts";
import { type ApiRequest, param, type Reply, type Route } from "./router.ts";
import type { DropletRecord, VpcRecord } from "./state.ts";
import { addVpc, checkVpcDescription, checkVpcName, checkVpcRegion } from "./vpcPlan.ts";

/** /v2/vpcs */
export function vpcRoutes(cloud: Cloud): readonly Route[] {
  const one = "/v2/vpcs/:vpc_id";
  return [
    {
      method: "GET",
      path: "/v2/vpcs",
      handle: (request) => pageReply(request, "vpcs", [...cloud.state.vpcs.values()], renderVpc),
    },
    { method: "POST", path: "/v2/vpcs", handle: (request) => create(cloud, request) },
    { method: "GET", path: one, handle: (request) => vpcReply(200, existing(cloud, request)) },
    { method: "PUT", path: one, handle: (request) => update(cloud, request, "whole") },
    { method: "PATCH", path: one, handle: (request) => update(cloud, request, "part") },
    { method: "DELETE", path: one, handle: (request) => remove(cloud, request) },
    { method: "GET", path: `${one}/members`, handle: (request) => members(cloud, request) },
  ];
}

function create(cloud: Cloud, request: ApiRequest): Reply {
  const fields = new Fields(request.body);
  const name = fields.text("name");
  const description = fields.optionalText("description") ?? "";
  const region = fields.text("region");
  checkVpcName(cloud.state, name);
  checkVpcDescription(description);
  checkVpcRegion(region);
  const ipRange = fields.optionalText("ip_range");
  return vpcReply(201, addVpc(cloud.state, { name, description, region, ipRange, createdAt: cloud.now() }));
}

function update(cloud: Cloud, request: ApiRequest, extent: "whole" | "part"): Reply {
  const vpc = existing(cloud, request);
  const fields = new Fields(request.body);
  const name = extent === "whole" ? fields.text("name") : (fields.optionalText("name") ?? vpc.name);
  const kept = extent === "whole" ? "" : vpc.description;
  const description = fields.optionalText("description") ?? kept;
  const isDefault = fields.flag("default", vpc.isDefault);
  if (name !== vpc.name) checkVpcName(cloud.state, name);
  checkVpcDescription(description);
  if (vpc.isDefault && !isDefault) throw new ApiError(422, "The default VPC of a region can not be unset.");
  vpc.name = name;
  vpc.description = description;
  if (isDefault && !vpc.isDefault) makeDefault(cloud, vpc);
  return vpcReply(200, vpc);
}

function makeDefault(cloud: Cloud, vpc: VpcRecord): void {
  for (const other of cloud.state.vpcs.values()) if (other.region === vpc.region) other.isDefault = false;
  vpc.isDefault = true;
}

/** The description of the API promises 403 for both refusals; with members the real one answers 409. */
function remove(cloud: Cloud, request: ApiRequest): Reply {
  const vpc = existing(cloud, request);
  if (vpc.isDefault) throw new ApiError(403, "Can not delete default VPCs");
  if (membersOf(cloud, vpc).length > 0) throw new ApiError(409, "Can not delete VPC with members");
  cloud.state.vpcs.delete(vpc.id);
  return { status: 204 };
}

function members(cloud: Cloud, request: ApiRequest): Reply {
  const type = request.query.get("resource_type");
  const droplets = membersOf(cloud, existing(cloud, request)).filter(() => type === null || type === "droplet");
  return pageReply(request, "members", droplets, (droplet) => ({
    urn: `do:droplet:${droplet.uuid}`,
    name: droplet.name,
    created_at: droplet.createdAt,
  }));
}

function membersOf(cloud: Cloud, vpc: VpcRecord): readonly DropletRecord[] {
  return [...cloud.state.droplets.values()].filter((droplet) => droplet.vpcId === vpc.id);
}

function existing(cloud: Cloud, request: ApiRequest): VpcRecord {
  const vpc = cloud.state.vpcs.get(param(request, "vpc_id"));
  if (vpc === undefined) throw notFound();
  return vpc;
}

function vpcReply(status: number, vpc: VpcRecord): Reply {
  return { status, body: { vpc: renderVpc(vpc) } };
}

function renderVpc(vpc: VpcRecord): object {
  return {
    id: vpc.id,
    urn: `do:vpc:${vpc.id}`,
    name: vpc.name,
    description: vpc.description,
    region: vpc.region,
    ip_range: vpc.ipRange,
    created_at: vpc.createdAt,
    default: vpc.isDefault,
  };
}
