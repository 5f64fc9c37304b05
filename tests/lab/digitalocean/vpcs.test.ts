// SPDX-License-Identifier: Apache-2.0
import {
  closeTestClouds,
  type DropletView,
  startTestCloud,
  type TestCloud,
  textLike,
} from "../../support/testCloud.ts";

interface VpcView {
  readonly id: string;
  readonly urn: string;
  readonly name: string;
  readonly region: string;
  readonly ip_range: string;
  readonly default: boolean;
}

interface OneVpc {
  readonly vpc: VpcView;
  readonly message: string;
}

describe("VPCs", () => {
  let cloud: TestCloud;
  beforeEach(async () => (cloud = await startTestCloud()));
  afterEach(closeTestClouds);

  const post = (body: object): ReturnType<typeof cloud.call<OneVpc>> =>
    cloud.call<OneVpc>("POST", "/v2/vpcs", { name: "agents", region: "nyc3", ...body });
  const remove = async (id: string): Promise<[number, string | undefined]> => {
    const answer = await cloud.call<OneVpc | null>("DELETE", `/v2/vpcs/${id}`);
    return [answer.status, answer.body?.message];
  };
  const defaultOf = async (region: string): Promise<VpcView | undefined> => {
    const list = await cloud.call<{ vpcs: VpcView[] }>("GET", "/v2/vpcs?per_page=200");
    return list.body.vpcs.find((vpc) => vpc.region === region && vpc.default);
  };

  it("are shown whole", async () => {
    const created = await post({ description: "for agents", ip_range: "10.10.0.0/24" });
    expect(created.status).toBe(201);
    const { id } = created.body.vpc;
    expect(created.body.vpc).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      urn: `do:vpc:${id}`,
      name: "agents",
      description: "for agents",
      region: "nyc3",
      ip_range: "10.10.0.0/24",
      created_at: "2026-01-01T00:00:00Z",
      default: false,
    });
    expect((await cloud.call("GET", `/v2/vpcs/${id}`)).body).toEqual(created.body);
  });

  it("get a free /20 when they name no range, never one that overlaps", async () => {
    const ranges = new Set<string>();
    for (let index = 0; index < 30; index += 1) {
      const { vpc } = (await post({ name: `v${index}` })).body;
      expect(vpc.ip_range).toMatch(/^10\.\d+\.\d+\.0\/20$/);
      ranges.add(vpc.ip_range);
    }
    expect(ranges.size).toBe(30);
  });

  it.each([
    [{ name: undefined }, "name is required"],
    [{ name: "a_b" }, "name may only hold alphanumerics, dashes and periods"],
    [{ name: "default-nyc3" }, "VPC name already exists"],
    [{ region: undefined }, "region is required"],
    [{ region: "mars1" }, "region is not available"],
    [{ region: "nyc2" }, "region is not available"],
    [{ description: "x".repeat(256) }, "description may hold 255 characters at most"],
    [{ ip_range: "10.10.0.0" }, "ip_range must be a network in CIDR notation"],
    [{ ip_range: "10.10.0.1/24" }, "ip_range must be a network in CIDR notation"],
    [{ ip_range: "fd00::/64" }, "ip_range must be a network in CIDR notation"],
    [{ ip_range: 10 }, "ip_range must be a string"],
    [{ ip_range: "10.0.0.0/15" }, "ip_range must be between /16 and /28"],
    [{ ip_range: "10.10.0.0/29" }, "ip_range must be between /16 and /28"],
    [{ ip_range: "11.0.0.0/20" }, "ip_range must be a private range"],
    [{ ip_range: "172.32.0.0/16" }, "ip_range must be a private range"],
    [{ ip_range: "192.169.0.0/20" }, "ip_range must be a private range"],
    [{ ip_range: "10.244.16.0/20" }, "ip_range is reserved"],
    [{ ip_range: "10.100.48.16/28" }, /^This range\/size overlaps with another VPC network in your account: default-/],
    [{ ip_range: "10.100.0.0/16" }, /^This range\/size overlaps with another VPC network/],
  ])("are refused for %j", async (body, message) => {
    const answer = await post(body);
    expect(answer.status).toBe(422);
    expect(answer.body.message).toEqual(textLike(message));
  });

  it.each(["10.10.0.0/16", "10.10.0.0/28", "172.16.0.0/16", "172.31.255.240/28", "192.168.0.0/24"])(
    "can have the range %s",
    async (range) => {
      const answer = await post({ ip_range: range });
      expect([answer.status, answer.body.vpc.ip_range]).toEqual([201, range]);
    },
  );

  it("cannot be deleted while droplets are in them: 409, until the last one is really gone", async () => {
    const { vpc } = (await post({ ip_range: "10.10.0.0/24" })).body;
    const droplet: DropletView = await cloud.droplet({ vpc_uuid: vpc.id });
    expect(droplet).toMatchObject({ vpc_uuid: vpc.id, networks: { v4: [{}, { ip_address: "10.10.0.2" }] } });
    expect(await remove(vpc.id)).toEqual([409, "Can not delete VPC with members"]);
    const members = await cloud.call(`GET`, `/v2/vpcs/${vpc.id}/members?resource_type=droplet`);
    expect(members.body).toEqual({
      members: [
        {
          urn: expect.stringMatching(/^do:droplet:[0-9a-f-]{36}$/),
          name: "a1",
          created_at: "2026-01-01T00:00:00Z",
        },
      ],
      links: {},
      meta: { total: 1 },
    });
    await cloud.call("DELETE", `/v2/droplets/${droplet.id}`);
    expect(await remove(vpc.id)).toEqual([409, "Can not delete VPC with members"]);
    await cloud.clock.advance(100);
    expect(await remove(vpc.id)).toEqual([204, undefined]);
    expect(await remove(vpc.id)).toEqual([404, "The resource you were accessing could not be found."]);
  });

  it("that are a region's default take droplets that name none, and cannot be deleted: 403", async () => {
    const vpc = await defaultOf("nyc3");
    expect(vpc?.name).toBe("default-nyc3");
    expect((await cloud.droplet()).vpc_uuid).toBe(vpc?.id);
    expect(await remove(vpc?.id ?? "")).toEqual([403, "Can not delete default VPCs"]);
  });

  it("become the default when they are the first of a region that was never used", async () => {
    cloud = await startTestCloud({ unusedRegions: ["nyc3"] });
    expect(await defaultOf("nyc3")).toBeUndefined();
    const { vpc } = (await post({})).body;
    expect(vpc.default).toBe(true);
    expect(await remove(vpc.id)).toEqual([403, "Can not delete default VPCs"]);
  });

  it("come into being as a default with the first droplet of a region that was never used", async () => {
    cloud = await startTestCloud({ unusedRegions: ["nyc3"] });
    const droplet = await cloud.droplet();
    expect(await defaultOf("nyc3")).toMatchObject({ id: droplet.vpc_uuid, name: "default-nyc3" });
  });

  it("are changed whole by PUT and in part by PATCH", async () => {
    const { vpc } = (await post({ description: "old" })).body;
    const path = `/v2/vpcs/${vpc.id}`;
    expect((await cloud.call("PATCH", path, { description: "new" })).body).toMatchObject({
      vpc: { name: "agents", description: "new" },
    });
    expect((await cloud.call("PUT", path, { name: "other" })).body).toMatchObject({
      vpc: { name: "other", description: "" },
    });
    expect((await cloud.call("PUT", path, { description: "x" })).status).toBe(422);
    expect((await cloud.call("PATCH", path, { name: "default-nyc3" })).status).toBe(422);
  });

  it("hand over being the default, but never leave a region without", async () => {
    const old = await defaultOf("nyc3");
    const { vpc } = (await post({})).body;
    expect((await cloud.call("PATCH", `/v2/vpcs/${old?.id ?? ""}`, { default: false })).status).toBe(422);
    expect((await cloud.call("PATCH", `/v2/vpcs/${vpc.id}`, { default: true })).status).toBe(200);
    expect((await defaultOf("nyc3"))?.id).toBe(vpc.id);
    expect(await remove(old?.id ?? "")).toEqual([204, undefined]);
  });
});
