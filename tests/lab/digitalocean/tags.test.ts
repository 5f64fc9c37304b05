// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { isTagName } from "../../../lab/digitalocean/tagNames.ts";
import { closeTestClouds, startTestCloud, type TestCloud } from "../../support/testCloud.ts";

interface TagView {
  readonly name: string;
  readonly resources: { readonly count: number } & Readonly<Record<string, { readonly count: number } | number>>;
}

describe("tags", () => {
  let cloud: TestCloud;
  beforeEach(async () => (cloud = await startTestCloud()));
  afterEach(closeTestClouds);

  const create = (name: unknown): ReturnType<typeof cloud.call<{ tag: TagView; message: string }>> =>
    cloud.call<{ tag: TagView; message: string }>("POST", "/v2/tags", { name });
  const get = async (name: string): Promise<TagView> =>
    (await cloud.call<{ tag: TagView }>("GET", `/v2/tags/${encodeURIComponent(name)}`)).body.tag;
  const assign = async (method: string, name: string, ...resources: object[]): Promise<number> =>
    (await cloud.call(method, `/v2/tags/${name}/resources`, { resources })).status;

  it("show all kinds of resource, also those that are never tagged", async () => {
    const created = await create("env:prod_1-a");
    expect(created.status).toBe(201);
    expect(created.body.tag).toEqual({
      name: "env:prod_1-a",
      resources: {
        count: 0,
        droplets: { count: 0 },
        images: { count: 0 },
        volumes: { count: 0 },
        volume_snapshots: { count: 0 },
        databases: { count: 0 },
      },
    });
    expect(await get("env:prod_1-a")).toEqual(created.body.tag);
  });

  it.each(["a.b", "a b", "a/b", "здорово", "a\n", "a".repeat(256)])(
    "are refused with 400 for the name %j",
    async (name) => {
      const answer = await create(name);
      expect(answer.status).toBe(400);
      expect(answer.body.message).toBe(`tag-name "${name}" contains invalid characters`);
    },
  );

  it.each([
    [undefined, "name is required"],
    ["", "name is required"],
    [1, "name must be a string"],
  ])("need a name: %j", async (name, message) => {
    const answer = await create(name);
    expect([answer.status, answer.body.message]).toEqual([422, message]);
  });

  it("keep the capitalisation of their first use, and creating one again is no error", async () => {
    await create("Prod");
    const again = await create("PROD");
    expect([again.status, again.body.tag.name]).toEqual([201, "Prod"]);
    expect((await cloud.call("GET", "/v2/tags")).body).toMatchObject({ meta: { total: 1 } });
  });

  it("are found in a path by their own capitalisation only", async () => {
    await create("Prod");
    expect((await cloud.call("GET", "/v2/tags/Prod")).status).toBe(200);
    expect((await cloud.call("GET", "/v2/tags/prod")).status).toBe(404);
    expect((await cloud.call("DELETE", "/v2/tags/prod")).status).toBe(404);
    expect(await assign("POST", "prod")).toBe(404);
  });

  it("count droplets and images and link to the one tagged last", async () => {
    const { id } = await cloud.droplet({ tags: ["a"] });
    const image = cloud.api.addSnapshot({ name: "s", regions: ["nyc3"] });
    expect(await assign("POST", "a", { resource_id: String(image), resource_type: "image" })).toBe(204);
    const imageUri = `${cloud.api.url}/v2/images/${image}`;
    const dropletUri = `${cloud.api.url}/v2/droplets/${id}`;
    expect((await get("a")).resources).toMatchObject({
      count: 2,
      droplets: { count: 1, last_tagged_uri: dropletUri },
      images: { count: 1, last_tagged_uri: imageUri },
      volumes: { count: 0 },
    });
    await cloud.call("DELETE", `/v2/droplets/${id}`);
    await cloud.clock.advance(100);
    expect((await get("a")).resources).toMatchObject({ count: 1, droplets: { count: 0 }, last_tagged_uri: imageUri });
  });

  it("go on and off droplets, twice without harm", async () => {
    await create("a");
    const { id } = await cloud.droplet();
    const resource = { resource_id: String(id), resource_type: "droplet" };
    expect(await assign("POST", "a", resource)).toBe(204);
    expect(await assign("POST", "a", resource)).toBe(204);
    expect((await cloud.call("GET", `/v2/droplets/${id}`)).body).toMatchObject({ droplet: { tags: ["a"] } });
    expect(await assign("DELETE", "a", resource)).toBe(204);
    expect(await assign("DELETE", "a", resource)).toBe(204);
    expect((await cloud.call("GET", `/v2/droplets/${id}`)).body).toMatchObject({ droplet: { tags: [] } });
  });

  it("answer 204 for resources that do not exist and for firewalls, as the real API does, and 404 for other kinds", async () => {
    await create("a");
    expect(await assign("POST", "a", { resource_id: "1", resource_type: "droplet" })).toBe(204);
    expect(await assign("POST", "a", { resource_id: "x", resource_type: "image" })).toBe(204);
    expect(await assign("POST", "a", { resource_id: "x", resource_type: "firewall" })).toBe(204);
    expect(await assign("POST", "a", { resource_id: "x", resource_type: "domain" })).toBe(404);
    expect((await get("a")).resources.count).toBe(0);
  });

  it("can be deleted while in use: everything loses them", async () => {
    const { id } = await cloud.droplet({ tags: ["a", "b"] });
    const rule = { protocol: "tcp", ports: "22", sources: { addresses: ["0.0.0.0/0"] } };
    await cloud.call("POST", "/v2/firewalls", { name: "f", tags: ["a"], inbound_rules: [rule] });
    expect((await cloud.call("DELETE", "/v2/tags/a")).status).toBe(204);
    expect((await cloud.call("GET", "/v2/tags/a")).status).toBe(404);
    expect((await cloud.call("GET", `/v2/droplets/${id}`)).body).toMatchObject({ droplet: { tags: ["b"] } });
    expect((await cloud.call("GET", "/v2/firewalls")).body).toMatchObject({ firewalls: [{ tags: [] }] });
  });

  it("stay when nothing carries them any more", async () => {
    const { id } = await cloud.droplet({ tags: ["a"] });
    await cloud.call("DELETE", `/v2/droplets/${id}`);
    await cloud.clock.advance(100);
    expect((await get("a")).resources.count).toBe(0);
  });
});

describe("isTagName", () => {
  it("accepts exactly letters, numbers, colons, dashes and underscores", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 8 }), (name) => {
        const isAllowed = Array.from(name).every(
          (character) => /[a-zA-Z0-9:_-]/.test(character) && character.length === 1,
        );
        expect(isTagName(name)).toBe(isAllowed);
      }),
    );
    expect(isTagName("a".repeat(255))).toBe(true);
    expect(isTagName("")).toBe(false);
  });
});
