// SPDX-License-Identifier: Apache-2.0
import { type ActionView, closeTestClouds, startTestCloud, type TestCloud, textLike } from "../../support/testCloud.ts";

interface ImageView {
  readonly id: number;
  readonly name: string;
  readonly slug: string | null;
  readonly public: boolean;
  readonly regions: readonly string[];
  readonly status: string;
  readonly distribution: string;
}

interface OneImage {
  readonly image: ImageView;
}

const custom = { name: "c", url: "https://images.example/c.qcow2", region: "nyc3" };

describe("images", () => {
  let cloud: TestCloud;
  let snapshot: number;
  beforeEach(async () => {
    cloud = await startTestCloud();
    snapshot = cloud.api.addSnapshot({ name: "agent", regions: ["nyc3"], tags: ["Agent"] });
  });
  afterEach(closeTestClouds);

  const names = async (query: string): Promise<string[]> =>
    (await cloud.call<{ images: ImageView[] }>("GET", `/v2/images?${query}`)).body.images.map(
      ({ slug, name }) => slug ?? name,
    );

  it("are found by number and public ones by slug, private ones never by name", async () => {
    const bySlug = await cloud.call<OneImage>("GET", "/v2/images/debian-13-x64");
    expect(bySlug.body.image).toMatchObject({ public: true, distribution: "Debian", status: "available" });
    expect((await cloud.call("GET", `/v2/images/${bySlug.body.image.id}`)).body).toEqual(bySlug.body);
    expect((await cloud.call("GET", "/v2/images/agent")).status).toBe(404);
    expect((await cloud.call("GET", "/v2/images/1")).status).toBe(404);
  });

  it("have every member that the API promises", async () => {
    expect((await cloud.call("GET", `/v2/images/${snapshot}`)).body).toEqual({
      image: {
        id: snapshot,
        name: "agent",
        distribution: "Debian",
        slug: null,
        public: false,
        regions: ["nyc3"],
        created_at: "2026-01-01T00:00:00Z",
        type: "snapshot",
        min_disk_size: 10,
        size_gigabytes: 1,
        description: "",
        tags: ["Agent"],
        status: "available",
        error_message: "",
      },
    });
  });

  it("are listed all, private ones, distributions, applications, and by tag", async () => {
    expect(await names("private=true")).toEqual(["agent"]);
    expect(await names("type=distribution")).toContain("debian-13-x64");
    expect(await names("type=distribution")).not.toContain("agent");
    expect(await names("type=application")).toEqual([]);
    expect(await names("tag_name=agent")).toEqual(["agent"]);
    expect(await names("")).toContain("agent");
  });

  it("can be renamed and deleted when they are the account's own", async () => {
    const path = `/v2/images/${snapshot}`;
    const renamed = await cloud.call("PUT", path, { name: "new", description: "d", distribution: "Nonsense" });
    expect(renamed.body).toMatchObject({ image: { name: "new", description: "d", distribution: "Unknown" } });
    expect((await cloud.call("PUT", path, {})).status).toBe(400);
    expect((await cloud.call("DELETE", path)).status).toBe(204);
    expect((await cloud.call("DELETE", path)).status).toBe(404);
  });

  it("that are public are not the account's to change: 403", async () => {
    expect((await cloud.call("DELETE", "/v2/images/195932981")).status).toBe(403);
    expect((await cloud.call("PUT", "/v2/images/195932981", { name: "x" })).status).toBe(403);
  });

  it("can be deleted while droplets made of them go on", async () => {
    const droplet = await cloud.droplet({ image: snapshot });
    await cloud.call("DELETE", `/v2/images/${snapshot}`);
    expect((await cloud.call("GET", `/v2/droplets/${droplet.id}`)).body).toMatchObject({
      droplet: { image: { id: snapshot, name: "agent" } },
    });
  });

  it("of one's own are new until they are imported", async () => {
    const created = await cloud.call<OneImage>("POST", "/v2/images", {
      ...custom,
      distribution: "Debian",
      tags: ["x"],
    });
    expect(created.status).toBe(202);
    expect(created.body.image).toMatchObject({ status: "NEW", regions: [], type: "custom", tags: ["x"] });
    await cloud.clock.advance(200);
    const imported = await cloud.call<OneImage>("GET", `/v2/images/${created.body.image.id}`);
    expect(imported.body.image).toMatchObject({ status: "available", regions: ["nyc3"] });
  });

  it.each([
    [{ name: undefined }, "name is required"],
    [{ region: "mars1" }, "You specified an invalid region for the image."],
    [{ url: "file:///etc/passwd" }, "url must be a valid URL"],
    [{ url: undefined }, "url is required"],
    [{ tags: ["a b"] }, /is an invalid tag/],
  ])("of one's own are refused for %j", async (body, message) => {
    const answer = await cloud.call<{ message: string }>("POST", "/v2/images", { ...custom, ...body });
    expect(answer.status).toBe(422);
    expect(answer.body.message).toEqual(textLike(message));
  });

  describe("actions", () => {
    const act = (body: object): ReturnType<typeof cloud.call<{ action: ActionView; message: string }>> =>
      cloud.call<{ action: ActionView; message: string }>("POST", `/v2/images/${snapshot}/actions`, body);

    it("transfer to another region", async () => {
      const started = await act({ type: "transfer", region: "fra1" });
      expect(started.status).toBe(201);
      expect(started.body.action).toMatchObject({ status: "in-progress", resource_type: "image", region_slug: "fra1" });
      await cloud.clock.advance(100);
      const image = await cloud.call<OneImage>("GET", `/v2/images/${snapshot}`);
      expect(image.body.image.regions).toEqual(["nyc3", "fra1"]);
      const path = `/v2/images/${snapshot}/actions`;
      expect((await cloud.call("GET", path)).body).toMatchObject({ actions: [{ status: "completed" }] });
      expect((await cloud.call("GET", `${path}/${started.body.action.id}`)).status).toBe(200);
      expect((await cloud.call("GET", `/v2/images/1/actions`)).status).toBe(404);
    });

    it.each([
      [{ type: "transfer" }, "region is required"],
      [{ type: "transfer", region: "mars1" }, "You specified an invalid region for the transfer."],
      [{ type: "transfer", region: "nyc3" }, "The image is already available in this region."],
      [{ type: "shred" }, 'The action type "shred" is not supported.'],
    ])("are refused for %j", async (body, message) => {
      const answer = await act(body);
      expect([answer.status, answer.body.message]).toEqual([422, message]);
    });

    it("convert only what is a snapshot or backup", async () => {
      expect((await act({ type: "convert" })).status).toBe(201);
      const own = await cloud.call<OneImage>("POST", "/v2/images", custom);
      const path = `/v2/images/${own.body.image.id}/actions`;
      expect((await cloud.call("POST", path, { type: "convert" })).status).toBe(422);
    });
  });
});

describe("snapshots", () => {
  let cloud: TestCloud;
  beforeEach(async () => (cloud = await startTestCloud()));
  afterEach(closeTestClouds);

  it("are the account's snapshot images, with text for IDs", async () => {
    const id = cloud.api.addSnapshot({ name: "agent", regions: ["nyc3"], tags: ["a"], sizeGigabytes: 2.5 });
    const expected = {
      id: String(id),
      name: "agent",
      created_at: "2026-01-01T00:00:00Z",
      regions: ["nyc3"],
      resource_id: expect.stringMatching(/^\d+$/),
      resource_type: "droplet",
      min_disk_size: 10,
      size_gigabytes: 2.5,
      tags: ["a"],
    };
    expect((await cloud.call("GET", `/v2/snapshots/${id}`)).body).toEqual({ snapshot: expected });
    for (const query of ["", "?resource_type=droplet"]) {
      expect((await cloud.call("GET", `/v2/snapshots${query}`)).body).toMatchObject({ snapshots: [expected] });
    }
    expect((await cloud.call("GET", "/v2/snapshots?resource_type=volume")).body).toMatchObject({ snapshots: [] });
  });

  it("can be deleted once, and are gone as images too", async () => {
    const id = cloud.api.addSnapshot({ name: "agent", regions: ["nyc3"] });
    expect((await cloud.call("DELETE", `/v2/snapshots/${id}`)).status).toBe(204);
    expect((await cloud.call("DELETE", `/v2/snapshots/${id}`)).status).toBe(404);
    expect((await cloud.call("GET", `/v2/images/${id}`)).status).toBe(404);
  });

  it("are not other images: 400", async () => {
    const answer = await cloud.call("GET", "/v2/snapshots/195932981");
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ id: "bad_request", message: "the resource is not a snapshot" });
    expect((await cloud.call("GET", "/v2/snapshots/debian-13-x64")).status).toBe(404);
  });
});
