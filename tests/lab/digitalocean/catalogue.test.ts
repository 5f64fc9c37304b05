// SPDX-License-Identifier: Apache-2.0
import { regions } from "../../../lab/digitalocean/regions.ts";
import { sizes } from "../../../lab/digitalocean/sizes.ts";
import { closeTestClouds, startTestCloud } from "../../support/testCloud.ts";

interface RegionView {
  readonly slug: string;
  readonly available: boolean;
  readonly sizes: readonly string[];
}

describe("the catalogue", () => {
  afterEach(closeTestClouds);

  it("offers sizes in available regions only, each slug once, with memory in whole 8 MB", () => {
    const available = regions.filter((region) => region.available).map((region) => region.slug);
    for (const size of sizes) {
      expect(available).toEqual(expect.arrayContaining([...size.regions]));
      expect(size.memory % 8).toBe(0);
    }
    expect(new Set(sizes.map(({ slug }) => slug)).size).toBe(sizes.length);
    expect(new Set(regions.map(({ slug }) => slug)).size).toBe(regions.length);
  });

  it("shows sizes and regions that agree with each other", async () => {
    const cloud = await startTestCloud();
    const listed = await cloud.call<{ regions: RegionView[] }>("GET", "/v2/regions?per_page=200");
    for (const region of listed.body.regions) {
      expect(region.sizes).toEqual(sizes.filter((size) => size.regions.includes(region.slug)).map(({ slug }) => slug));
      expect(region.sizes.length > 0).toBe(region.available);
    }
    expect((await cloud.call("GET", "/v2/sizes?per_page=2")).body).toMatchObject({
      sizes: [
        { slug: "s-1vcpu-512mb-10gb", price_monthly: 4, price_hourly: 0.00595, transfer: 0.5 },
        {
          slug: "s-1vcpu-1gb",
          memory: 1024,
          vcpus: 1,
          disk: 25,
          transfer: 1,
          price_monthly: 6,
          price_hourly: 0.00893,
          available: true,
          description: "Basic",
          disk_info: [{ type: "local", size: { amount: 25, unit: "gib" } }],
        },
      ],
      meta: { total: sizes.length },
    });
  });

  it("has the account with its limits", async () => {
    const cloud = await startTestCloud({ dropletLimit: 7 });
    expect((await cloud.call("GET", "/v2/account")).body).toEqual({
      account: {
        droplet_limit: 7,
        floating_ip_limit: 3,
        reserved_ip_limit: 3,
        volume_limit: 100,
        email: "owner@lab.example",
        name: "Lab Owner",
        uuid: expect.stringMatching(/^[0-9a-f]{40}$/),
        email_verified: true,
        status: "active",
        status_message: "",
        team: { uuid: expect.stringMatching(/^[0-9a-f]{40}$/), name: "Lab" },
      },
    });
  });

  it.each([
    ["volumes", "volumes"],
    ["reserved_ips", "reserved_ips"],
    ["floating_ips", "floating_ips"],
    ["load_balancers", "load_balancers"],
    ["domains", "domains"],
    ["monitoring/alerts", "policies"],
    ["uptime/checks", "checks"],
  ])("has no %s, and says so correctly", async (path, kind) => {
    const cloud = await startTestCloud();
    expect((await cloud.call("GET", `/v2/${path}?per_page=200`)).body).toEqual({
      [kind]: [],
      links: {},
      meta: { total: 0 },
    });
  });
});
