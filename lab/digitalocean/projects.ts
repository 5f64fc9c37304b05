// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { ApiError, badRequest, notFound, unprocessable } from "./apiError.ts";
import type { Cloud } from "./cloud.ts";
import { Fields } from "./fields.ts";
import { pageReply } from "./pagination.ts";
import { type ApiRequest, param, type Reply, type Route } from "./router.ts";
import type { AccountState, ProjectRecord } from "./state.ts";

const purposes = [
  "Just trying out DigitalOcean",
  "Class project / Educational purposes",
  "Website or blog",
  "Web Application",
  "Service or API",
  "Mobile Application",
  "Machine learning / AI / Data processing",
  "IoT",
  "Operational / Developer tooling",
];
const environments = ["Development", "Staging", "Production"];
const changeable = ["name", "description", "purpose", "environment", "is_default"];
const ownerUuid = "1ab00000000000000000000000000000000000ac";

/** /v2/projects without their resources */
export function projectRoutes(cloud: Cloud): readonly Route[] {
  const one = "/v2/projects/:project_id";
  return [
    {
      method: "GET",
      path: "/v2/projects",
      handle: (request) => pageReply(request, "projects", [...cloud.state.projects.values()], renderProject),
    },
    { method: "POST", path: "/v2/projects", handle: (request) => create(cloud, request) },
    { method: "GET", path: one, handle: (request) => projectReply(200, existingProject(cloud, request)) },
    { method: "PUT", path: one, handle: (request) => update(cloud, request, changeable) },
    { method: "PATCH", path: one, handle: (request) => update(cloud, request, []) },
    { method: "DELETE", path: one, handle: (request) => remove(cloud, request) },
  ];
}

/** The project that gets everything nobody assigned. */
export function defaultProject(state: AccountState): ProjectRecord {
  const project = [...state.projects.values()].find((candidate) => candidate.isDefault);
  if (project === undefined) throw new Error("cannot find the default project: the state has none");
  return project;
}

/** The project of the path; "default" is one of its names. @throws ApiError 404 when there is none. */
export function existingProject(cloud: Cloud, request: ApiRequest): ProjectRecord {
  const id = param(request, "project_id");
  const project = id === "default" ? defaultProject(cloud.state) : cloud.state.projects.get(id);
  if (project === undefined) throw notFound();
  return project;
}

/** Adds a project. */
export function addProject(
  state: AccountState,
  wanted: Pick<ProjectRecord, "name" | "description" | "purpose" | "environment" | "isDefault" | "createdAt">,
): ProjectRecord {
  const project = { ...wanted, id: randomUUID(), updatedAt: wanted.createdAt, resources: new Map<string, string>() };
  state.projects.set(project.id, project);
  return project;
}

function create(cloud: Cloud, request: ApiRequest): Reply {
  const fields = new Fields(request.body);
  const name = checkName(cloud, fields.text("name"));
  const project = addProject(cloud.state, {
    name,
    description: checkLength("description", fields.optionalText("description") ?? "", 255),
    purpose: readPurpose(fields.text("purpose")),
    environment: readEnvironment(fields.optionalText("environment") ?? ""),
    isDefault: false,
    createdAt: cloud.now(),
  });
  return projectReply(201, project);
}

function update(cloud: Cloud, request: ApiRequest, required: readonly string[]): Reply {
  const project = existingProject(cloud, request);
  const fields = new Fields(request.body);
  const missing = required.find((name) => !fields.has(name));
  if (missing !== undefined) throw unprocessable(`${missing} is required`);
  if (!changeable.some((name) => fields.has(name))) throw badRequest("at least one attribute is required");
  const name = fields.optionalText("name") ?? project.name;
  const purpose = fields.optionalText("purpose");
  const changed = {
    name: name === project.name ? name : checkName(cloud, name),
    description: checkLength("description", fields.optionalText("description") ?? project.description, 255),
    purpose: purpose === undefined ? project.purpose : readPurpose(purpose),
    environment: readEnvironment(fields.optionalText("environment") ?? project.environment),
    updatedAt: cloud.now(),
  };
  if (fields.flag("is_default", project.isDefault)) makeDefault(cloud.state, project);
  else if (project.isDefault) throw unprocessable("the default project can not be unset");
  return projectReply(200, Object.assign(project, changed));
}

function makeDefault(state: AccountState, project: ProjectRecord): void {
  for (const other of state.projects.values()) other.isDefault = other === project;
}

function remove(cloud: Cloud, request: ApiRequest): Reply {
  const project = existingProject(cloud, request);
  if (project.isDefault) throw new ApiError(412, "cannot delete the default project");
  if (project.resources.size > 0) {
    throw new ApiError(412, "cannot delete a project with resources. move or remove the resources first");
  }
  cloud.state.projects.delete(project.id);
  return { status: 204 };
}

function checkName(cloud: Cloud, name: string): string {
  const isTaken = [...cloud.state.projects.values()].some((project) => project.name === name);
  if (isTaken) throw new ApiError(409, "name is already in use");
  if (name === "") throw unprocessable("name is required");
  return checkLength("name", name, 175);
}

function checkLength(field: string, text: string, limit: number): string {
  if (text.length > limit) throw unprocessable(`${field} may hold ${limit} characters at most`);
  return text;
}

/** Purposes of one's own are kept with a prefix. */
function readPurpose(text: string): string {
  const isKnown = purposes.includes(text) || text.startsWith("Other: ");
  return checkLength("purpose", isKnown ? text : `Other: ${text}`, 255);
}

function readEnvironment(text: string): string {
  const environment = environments.find((known) => known.toLowerCase() === text.toLowerCase());
  if (environment === undefined && text !== "") throw unprocessable(`environment must be ${environments.join(", ")}`);
  return environment ?? "";
}

function projectReply(status: number, project: ProjectRecord): Reply {
  return { status, body: { project: renderProject(project) } };
}

function renderProject(project: ProjectRecord): object {
  return {
    id: project.id,
    owner_uuid: ownerUuid,
    owner_id: 258992,
    name: project.name,
    description: project.description,
    purpose: project.purpose,
    ...(project.environment !== "" && { environment: project.environment }),
    is_default: project.isDefault,
    created_at: project.createdAt,
    updated_at: project.updatedAt,
  };
}
