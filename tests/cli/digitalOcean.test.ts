// SPDX-License-Identifier: Apache-2.0
// The lists that the commands read, from the lab's emulator of the API.
import { openDigitalOcean } from "../../cli/digitalOcean.ts";
import { ScopeMissing } from "../../cli/cloudReply.ts";
import { readWholeList } from "../../cli/wholeList.ts";
import { readWhole } from "../../protocol/shape.ts";
import { closeTestClouds, startTestCloud, type TestCloud } from "../support/testCloud.ts";
import { startFakeCloud } from "../support/fakeCloud.ts";
import { failureOf } from "../support/failureOf.ts";

afterEach(closeTestClouds);

async function open(): Promise<{ cloud: TestCloud; client: ReturnType<typeof openDigitalOcean> }> {
  const cloud = await startTestCloud();
  return {
    cloud,
    client: openDigitalOcean({ DIGITALOCEAN_TOKEN: "token-1", DIGITALOCEAN_API_URL: cloud.api.url }),
  };
}

describe("the lists of DigitalOcean", () => {
  it("say of a droplet all that a status needs", async () => {
    const { cloud, client } = await open();
    const { id, vpc_uuid } = await cloud.droplet({ tags: ["claws-p-dev-a1", "mine"] });
    expect(await client.droplets()).toEqual([
      {
        ...{ id: String(id), name: "a1", status: "active", createdAt: "2026-01-01T00:00:00Z" },
        ...{ size: "s-1vcpu-1gb", region: "nyc3", imageId: "195932981", tags: ["claws-p-dev-a1", "mine"] },
        ...{
          vpcId: vpc_uuid,
          features: ["droplet_agent", "private_networking"],
          price: { monthly: 600_000, hourly: 893 },
        },
      },
    ]);
  });

  it("say of a volume what it is named and tagged", async () => {
    const volumes = [
      { id: "d1", name: "data", tags: ["mine"], size_gigabytes: 10 },
      { id: "d2", name: "more", size_gigabytes: 1 },
    ];
    const cloud = await startFakeCloud({ "GET /v2/volumes?per_page=200": { json: { volumes } } });
    const client = openDigitalOcean({ DIGITALOCEAN_TOKEN: "token-1", DIGITALOCEAN_API_URL: cloud.url });
    const found = await client.volumes().finally(async () => await cloud.close());
    expect(found).toEqual([
      { id: "d1", name: "data", tags: ["mine"] },
      { id: "d2", name: "more", tags: [] },
    ]);
  });

  it("say of a firewall what it covers and what it lets in", async () => {
    const { cloud, client } = await open();
    const { id } = await cloud.droplet({ tags: ["t"] });
    const everywhere = { addresses: ["0.0.0.0/0"] };
    await cloud.call("POST", "/v2/firewalls", {
      name: "fw",
      tags: ["t"],
      droplet_ids: [id],
      inbound_rules: [{ protocol: "tcp", ports: "22", sources: everywhere }],
    });
    const waiting = { inboundRules: 1, status: "waiting", pendingChanges: 1 };
    const one = { id: expect.any(String), name: "fw", dropletIds: [String(id)], tags: ["t"] };
    expect(await client.firewalls()).toEqual([{ ...one, ...waiting }]);
    await cloud.clock.advance(1000);
    expect(await client.firewalls()).toEqual([{ ...one, ...waiting, status: "succeeded", pendingChanges: 0 }]);
    expect(await client.firewallsOf(String(id))).toEqual(await client.firewalls());
  });

  it("give the account's own images and no public one", async () => {
    const { cloud, client } = await open();
    const id = cloud.api.addSnapshot({ name: "office-claws-agent-1", regions: ["nyc3"], sizeGigabytes: 1.25 });
    expect(await client.ownImages()).toMatchObject([
      {
        ...{ id: String(id), name: "office-claws-agent-1", createdAt: "2026-01-01T00:00:00Z" },
        ...{ regions: ["nyc3"], sizeGigabytes: 1.25, status: "available", minDiskGigabytes: 10 },
      },
    ]);
  });

  it("give the price of each size and the default VPC of each region", async () => {
    const { client } = await open();
    const sizes = await client.sizes();
    expect(sizes.get("s-1vcpu-1gb")).toEqual({ monthly: 600_000, hourly: 893 });
    expect(sizes.get("c-2")).toEqual({ monthly: 4_200_000, hourly: 6250 });
    const vpcs = await client.vpcs();
    expect(vpcs.filter(({ isDefault }) => isDefault).map(({ region }) => region)).toContain("nyc3");
  });

  it("are read to the last page, each page by its number", async () => {
    const { cloud, client } = await open();
    for (let made = 0; made < 201; made++) cloud.api.addSnapshot({ name: `s${made}`, regions: ["nyc3"] });
    expect((await client.ownImages()).length).toBe(201);
    expect(cloud.api.requests.map(({ query }) => query)).toEqual([
      "per_page=200&private=true",
      "per_page=200&page=2&private=true",
    ]);
  });

  it("never lead the token to where an answer points", async () => {
    const asked: string[] = [];
    const answers = [
      { ids: [1], links: { pages: { next: "https://elsewhere.example/" } } },
      { ids: [2], links: {} },
    ];
    const ids = await readWholeList(
      (path, read) => {
        asked.push(path);
        return Promise.resolve(read(answers.shift(), ""));
      },
      { path: "/v2/ids", member: "ids", read: readWhole(1) },
    );
    expect({ ids, asked }).toEqual({ ids: [1, 2], asked: ["/v2/ids?per_page=200", "/v2/ids?per_page=200&page=2"] });
  });

  it("that never end are given up", async () => {
    const endless = { ids: [1], links: { pages: { next: "x" } } };
    const list = readWholeList((_, read) => Promise.resolve(read(endless, "")), {
      path: "/v2/ids",
      member: "ids",
      read: readWhole(1),
    });
    expect((await failureOf(list)).message).toBe('DigitalOcean\'s list at "/v2/ids" has more than 100 pages');
  });
});

describe("the scopes of a token", () => {
  it("are found by what it may read", async () => {
    const { cloud, client } = await open();
    cloud.api.faults.add({ path: "/v2/images", effect: { kind: "status", status: 403 } });
    expect([await client.mayRead("images"), await client.mayRead("images")]).toEqual([false, true]);
  });

  it("are not found when the service does not answer properly", async () => {
    const { cloud, client } = await open();
    cloud.api.faults.add({ path: "/v2/vpcs", effect: { kind: "status", status: 500 } });
    const error = await failureOf(client.mayRead("vpcs"));
    expect(error.message).toBe('DigitalOcean answered "GET /v2/vpcs" with status 500');
    expect(error).not.toBeInstanceOf(ScopeMissing);
  });
});
