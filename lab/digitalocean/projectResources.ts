// SPDX-License-Identifier: Apache-2.0
import { badRequest, unprocessable } from "./apiError.ts";
import type { Cloud } from "./cloud.ts";
import { Fields } from "./fields.ts";
import { pageReply } from "./pagination.ts";
import { defaultProject, existingProject } from "./projects.ts";
import type { ApiRequest, Reply, Route } from "./router.ts";
import type { AccountState, ProjectRecord } from "./state.ts";

const urnPattern = /^do:(dbaas|domain|droplet|floatingip|loadbalancer|space|volume|kubernetes|vpc):.+$/;

/** /v2/projects/{id or default}/resources */
export function projectResourceRoutes(cloud: Cloud): readonly Route[] {
  const path = "/v2/projects/:project_id/resources";
  return [
    { method: "GET", path, handle: (request) => list(cloud, request) },
    { method: "POST", path, handle: (request) => assign(cloud, request) },
  ];
}

/** Puts a new droplet into the default project. */
export function assignToDefaultProject(cloud: Cloud, dropletId: number): void {
  defaultProject(cloud.state).resources.set(urnOf(dropletId), cloud.now());
}

/** Takes a droplet that is gone out of its project. */
export function removeFromProjects(state: AccountState, dropletId: number): void {
  for (const project of state.projects.values()) project.resources.delete(urnOf(dropletId));
}

function urnOf(dropletId: number): string {
  return `do:droplet:${dropletId}`;
}

function list(cloud: Cloud, request: ApiRequest): Reply {
  const resources = [...existingProject(cloud, request).resources];
  return pageReply(request, "resources", resources, ([urn, assignedAt]) =>
    renderResource(request, { urn, assignedAt, status: "ok" }),
  );
}

/** There is no way to unassign: what is assigned here leaves the project it was in. */
function assign(cloud: Cloud, request: ApiRequest): Reply {
  const project = existingProject(cloud, request);
  const fields = new Fields(request.body);
  if (!fields.has("resources")) throw badRequest();
  const urns = fields.texts("resources");
  const wrong = urns.find((urn) => !urnPattern.test(urn));
  if (wrong !== undefined) throw unprocessable(`"${wrong}" is an invalid URN`);
  const resources = urns.map((urn) => renderResource(request, { urn, ...assignOne(cloud, project, urn) }));
  return { status: 200, body: { resources, links: {}, meta: { total: resources.length } } };
}

function assignOne(cloud: Cloud, project: ProjectRecord, urn: string): { assignedAt: string; status: string } {
  const assignedAt = cloud.now();
  const known = project.resources.get(urn);
  if (known !== undefined) return { assignedAt: known, status: "already_assigned" };
  const isDroplet = [...cloud.state.droplets.keys()].some((id) => urnOf(id) === urn);
  if (!isDroplet) return { assignedAt, status: "not_found" };
  for (const other of cloud.state.projects.values()) other.resources.delete(urn);
  project.resources.set(urn, assignedAt);
  return { assignedAt, status: "assigned" };
}

function renderResource(
  request: ApiRequest,
  { urn, assignedAt, status }: { readonly urn: string; readonly assignedAt: string; readonly status: string },
): object {
  const [, kind = "", id = ""] = urn.split(":");
  return { urn, assigned_at: assignedAt, links: { self: `${request.baseUrl}/v2/${kind}s/${id}` }, status };
}
