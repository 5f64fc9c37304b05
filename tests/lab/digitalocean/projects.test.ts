// SPDX-License-Identifier: Apache-2.0
import { closeTestClouds, startTestCloud, type TestCloud } from "../../support/testCloud.ts";

interface ProjectView {
  readonly id: string;
  readonly name: string;
  readonly purpose: string;
  readonly environment?: string;
  readonly is_default: boolean;
}

interface OneProject {
  readonly project: ProjectView;
  readonly message: string;
}

interface Resources {
  readonly resources: readonly { readonly urn: string; readonly status: string }[];
}

describe("projects", () => {
  let cloud: TestCloud;
  beforeEach(async () => (cloud = await startTestCloud()));
  afterEach(closeTestClouds);

  const post = (body: object = {}): ReturnType<typeof cloud.call<OneProject>> =>
    cloud.call<OneProject>("POST", "/v2/projects", { name: "agents", purpose: "Service or API", ...body });
  const assign = (id: string, ...resources: unknown[]): ReturnType<typeof cloud.call<Resources>> =>
    cloud.call<Resources>("POST", `/v2/projects/${id}/resources`, { resources });
  const urnsOf = async (id: string): Promise<string[]> =>
    (await cloud.call<Resources>("GET", `/v2/projects/${id}/resources`)).body.resources.map(({ urn }) => urn);

  it("begin with the default one", async () => {
    const answer = await cloud.call<OneProject>("GET", "/v2/projects/default");
    expect(answer.body.project).toMatchObject({ name: "first-project", is_default: true });
    expect((await cloud.call("GET", "/v2/projects")).body).toMatchObject({ meta: { total: 1 } });
  });

  it("are shown whole; purposes of one's own get a prefix", async () => {
    const created = await post({ description: "d", purpose: "agents", environment: "production" });
    expect(created.status).toBe(201);
    expect(created.body.project).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      owner_uuid: expect.any(String),
      owner_id: expect.any(Number),
      name: "agents",
      description: "d",
      purpose: "Other: agents",
      environment: "Production",
      is_default: false,
      created_at: "2026-01-01T00:00:00Z",
      updated_at: "2026-01-01T00:00:00Z",
    });
  });

  it.each([
    [{ name: undefined }, 422, "name is required"],
    [{ name: "first-project" }, 409, "name is already in use"],
    [{ name: "a".repeat(176) }, 422, "name may hold 175 characters at most"],
    [{ purpose: undefined }, 422, "purpose is required"],
    [{ purpose: "a".repeat(250) }, 422, "purpose may hold 255 characters at most"],
    [{ description: "a".repeat(256) }, 422, "description may hold 255 characters at most"],
    [{ environment: "Moon" }, 422, "environment must be Development, Staging, Production"],
  ])("are refused for %j", async (body, status, message) => {
    const answer = await post(body);
    expect([answer.status, answer.body.message]).toEqual([status, message]);
  });

  it("are changed in part by PATCH and only whole by PUT", async () => {
    const { project } = (await post()).body;
    await cloud.clock.advance(5000);
    const path = `/v2/projects/${project.id}`;
    expect((await cloud.call("PATCH", path, { description: "x" })).body).toMatchObject({
      project: { name: "agents", description: "x", updated_at: "2026-01-01T00:00:05Z" },
    });
    expect((await cloud.call("PATCH", path, {})).status).toBe(400);
    const missing = await cloud.call("PUT", path, {
      name: "b",
      description: "",
      purpose: "IoT",
      environment: "Staging",
    });
    expect(missing.body).toMatchObject({ message: "is_default is required" });
    const whole = { name: "b", description: "", purpose: "IoT", environment: "Staging", is_default: true };
    expect((await cloud.call("PUT", path, whole)).body).toMatchObject({ project: whole });
    expect((await cloud.call<OneProject>("GET", "/v2/projects/default")).body.project.id).toBe(project.id);
    expect((await cloud.call("PATCH", path, { is_default: false })).status).toBe(422);
  });

  it("get every new droplet into the default one, and droplets move by being assigned", async () => {
    const { id } = await cloud.droplet();
    const urn = `do:droplet:${id}`;
    const { project } = (await post()).body;
    expect(await urnsOf("default")).toEqual([urn]);
    const assigned = await assign(project.id, urn);
    expect(assigned.status).toBe(200);
    expect(assigned.body.resources).toEqual([
      {
        urn,
        assigned_at: "2026-01-01T00:00:00Z",
        links: { self: `${cloud.api.url}/v2/droplets/${id}` },
        status: "assigned",
      },
    ]);
    expect([await urnsOf("default"), await urnsOf(project.id)]).toEqual([[], [urn]]);
    expect((await assign(project.id, urn)).body.resources[0]?.status).toBe("already_assigned");
    expect((await assign("default", urn)).body.resources[0]?.status).toBe("assigned");
    expect(await urnsOf(project.id)).toEqual([]);
  });

  it("tell resources that do not exist and URNs that are none", async () => {
    const { project } = (await post()).body;
    expect((await assign(project.id, "do:droplet:1")).body.resources[0]?.status).toBe("not_found");
    expect((await assign(project.id, "do:firewall:1")).status).toBe(422);
    expect((await assign(project.id, 1)).status).toBe(422);
    expect((await cloud.call("POST", `/v2/projects/${project.id}/resources`, {})).status).toBe(400);
    expect(await urnsOf(project.id)).toEqual([]);
  });

  it("cannot be deleted with resources or as the default one: 412", async () => {
    const { id } = await cloud.droplet();
    const { project } = (await post()).body;
    await assign(project.id, `do:droplet:${id}`);
    const refused = await cloud.call<OneProject>("DELETE", `/v2/projects/${project.id}`);
    expect([refused.status, refused.body]).toEqual([
      412,
      expect.objectContaining({
        id: "precondition_failed",
        message: "cannot delete a project with resources. move or remove the resources first",
      }),
    ]);
    await cloud.call("DELETE", `/v2/droplets/${id}`);
    await cloud.clock.advance(100);
    expect((await cloud.call("DELETE", `/v2/projects/${project.id}`)).status).toBe(204);
    expect((await cloud.call("DELETE", "/v2/projects/default")).status).toBe(412);
    expect((await cloud.call("GET", `/v2/projects/${project.id}`)).status).toBe(404);
  });
});
