// SPDX-License-Identifier: Apache-2.0
import {
  type ActionView,
  closeTestClouds,
  type DropletView,
  plainDroplet,
  startTestCloud,
  type TestCloud,
  unnamedDroplet,
} from "../../support/testCloud.ts";

interface OneDroplet {
  readonly droplet: DropletView;
  readonly links: { readonly actions: readonly { readonly id: number; readonly rel: string; readonly href: string }[] };
}

interface Droplets {
  readonly droplets: readonly DropletView[];
  readonly meta: { readonly total: number };
}

describe("droplets", () => {
  let cloud: TestCloud;
  beforeEach(async () => (cloud = await startTestCloud()));
  afterEach(closeTestClouds);

  const post = (overrides: object = {}): ReturnType<typeof cloud.call<OneDroplet>> =>
    cloud.call<OneDroplet>("POST", "/v2/droplets", { ...plainDroplet, ...overrides });
  const get = async (id: number): Promise<DropletView> =>
    (await cloud.call<OneDroplet>("GET", `/v2/droplets/${id}`)).body.droplet;
  const actionStatus = async (id: number): Promise<string> =>
    (await cloud.call<{ action: ActionView }>("GET", `/v2/actions/${id}`)).body.action.status;

  it("are new, locked and without addresses until they have booted", async () => {
    const created = await post({ tags: ["web"] });
    expect(created.status).toBe(202);
    const { droplet, links } = created.body;
    expect(droplet).toMatchObject({ name: "a1", status: "new", locked: true, tags: ["web"] });
    expect(droplet.networks).toEqual({ v4: [], v6: [] });
    expect(links.actions).toEqual([{ id: 2200000001, rel: "create", href: `${cloud.api.url}/v2/actions/2200000001` }]);
    expect(await actionStatus(2200000001)).toBe("in-progress");

    await cloud.clock.advance(199);
    expect((await get(droplet.id)).status).toBe("new");
    await cloud.clock.advance(1);
    expect(await get(droplet.id)).toMatchObject({ status: "active", locked: false });
    expect(await actionStatus(2200000001)).toBe("completed");
  });

  it("stay new while the machine boots", async () => {
    let boot = (): void => undefined;
    cloud.machines.before = (call) =>
      call === "create" ? new Promise((resolve) => (boot = resolve)) : Promise.resolve();
    const { droplet } = (await post()).body;
    await cloud.clock.advance(60_000);
    expect((await get(droplet.id)).status).toBe("new");
    boot();
    await cloud.clock.advance(0);
    expect((await get(droplet.id)).status).toBe("active");
  });

  it("have every member that the API promises", async () => {
    const droplet = await cloud.droplet({ ipv6: true, monitoring: true, tags: ["a"], backups: true });
    expect(droplet).toEqual({
      id: 510000001,
      name: "a1",
      memory: 1024,
      vcpus: 1,
      disk: 25,
      disk_info: [{ type: "local", size: { amount: 25, unit: "gib" } }],
      locked: false,
      status: "active",
      kernel: null,
      created_at: "2026-01-01T00:00:00Z",
      features: ["backups", "monitoring", "droplet_agent", "ipv6", "private_networking"],
      backup_ids: [],
      next_backup_window: { start: "2026-01-02T00:00:00Z", end: "2026-01-02T04:00:00Z" },
      snapshot_ids: [],
      image: expect.objectContaining({ slug: "debian-13-x64", distribution: "Debian", public: true }),
      volume_ids: [],
      size: expect.objectContaining({ slug: "s-1vcpu-1gb", price_monthly: 6, price_hourly: 0.00893 }),
      size_slug: "s-1vcpu-1gb",
      networks: {
        v4: [
          { ip_address: "198.51.100.16", netmask: "255.255.255.0", gateway: "198.51.100.1", type: "public" },
          { ip_address: "10.100.48.2", netmask: "255.255.240.0", gateway: "<nil>", type: "private" },
        ],
        v6: [{ ip_address: "2001:db8:0:1::1e65:fb81", netmask: 64, gateway: "2001:db8:0:1::1", type: "public" }],
      },
      region: expect.objectContaining({ slug: "nyc3", available: true }),
      tags: ["a"],
      vpc_uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  it("without backups have no backup window, and without the agent not its feature", async () => {
    const droplet = await cloud.droplet({ with_droplet_agent: false });
    expect(droplet).toMatchObject({ next_backup_window: null, features: ["private_networking"] });
  });

  it("never show their user data", async () => {
    const { droplet } = (await post({ user_data: "needle-in-user-data" })).body;
    await cloud.clock.advance(500);
    const paths = ["droplets", `droplets/${droplet.id}`, "actions", `droplets/${droplet.id}/actions`, "tags", "vpcs"];
    for (const path of paths) {
      expect(JSON.stringify((await cloud.call("GET", `/v2/${path}`)).body)).not.toContain("needle");
    }
    expect(cloud.api.metadataFor("198.51.100.16")?.userData).toBe("needle-in-user-data");
  });

  it("tell the backend what it needs and nothing secret", async () => {
    const droplet = await cloud.droplet({ user_data: "needle", ipv6: true });
    const create = cloud.machines.calls.find(({ call }) => call === "create");
    expect(create).toEqual({
      call: "create",
      machine: {
        dropletId: droplet.id,
        name: "a1",
        imageId: 195932981,
        publicIpv4: { address: "198.51.100.16", netmask: "255.255.255.0", gateway: "198.51.100.1" },
        privateIpv4: { address: "10.100.48.2", netmask: "255.255.240.0", gateway: "10.100.48.1" },
        publicIpv6: { address: "2001:db8:0:1::1e65:fb81", prefixLength: 64, gateway: "2001:db8:0:1::1" },
        publicNetworking: true,
      },
    });
  });

  it("without public networking have a private address only", async () => {
    const droplet = await cloud.droplet({ public_networking: false });
    expect(droplet.networks.v4.map(({ type }) => type)).toEqual(["private"]);
    expect(cloud.api.metadataFor("198.51.100.16")).toBeUndefined();
  });

  it("can be created ten at a time, each with its own address and action", async () => {
    const names = Array.from({ length: 10 }, (_, index) => `m${index}`);
    const created = await cloud.call<Droplets & OneDroplet>("POST", "/v2/droplets", { ...unnamedDroplet, names });
    expect(created.status).toBe(202);
    expect(created.body.droplets.map(({ name }) => name)).toEqual(names);
    expect(new Set(created.body.links.actions.map(({ id }) => id)).size).toBe(10);
    expect(created.body).not.toHaveProperty("droplet");
    await cloud.clock.advance(200);
    const { droplets } = (await cloud.call<Droplets>("GET", "/v2/droplets")).body;
    expect(new Set(droplets.flatMap(({ networks }) => networks.v4.map(({ ip_address }) => ip_address))).size).toBe(20);
  });

  it("are listed by tag in any capitalisation, and by exact name in any capitalisation", async () => {
    await cloud.droplet({ name: "Web-1", tags: ["Prod"] });
    await cloud.droplet({ name: "web-10", tags: ["test"] });
    const names = async (query: string): Promise<string[]> =>
      (await cloud.call<Droplets>("GET", `/v2/droplets?${query}`)).body.droplets.map(({ name }) => name);
    expect(await names("tag_name=prod")).toEqual(["Web-1"]);
    expect(await names("name=WEB-1")).toEqual(["Web-1"]);
    expect(await names("name=web")).toEqual([]);
    expect(await names("type=gpus")).toEqual([]);
    expect(await names("tag_name=none")).toEqual([]);
    expect((await cloud.call("GET", "/v2/droplets?tag_name=prod&name=web-1")).status).toBe(422);
  });

  describe("deletion", () => {
    it("takes a while: the droplet is locked, then it is gone with its addresses, project entry and machine", async () => {
      const { id } = await cloud.droplet();
      const deleted = await cloud.call("DELETE", `/v2/droplets/${id}`);
      expect(deleted.status).toBe(204);
      expect(await get(id)).toMatchObject({ status: "active", locked: true });
      expect((await cloud.call("DELETE", `/v2/droplets/${id}`)).status).toBe(422);
      await cloud.clock.advance(100);
      expect((await cloud.call("GET", `/v2/droplets/${id}`)).status).toBe(404);
      expect((await cloud.call("DELETE", `/v2/droplets/${id}`)).status).toBe(404);
      expect((await cloud.call("GET", `/v2/droplets/${id}/actions`)).status).toBe(404);
      expect(cloud.machines.calls.at(-1)).toEqual({ call: "destroy", dropletId: id });
      expect(cloud.api.metadataFor("198.51.100.16")).toBeUndefined();
      const resources = await cloud.call<{ resources: unknown[] }>("GET", "/v2/projects/default/resources");
      expect(resources.body.resources).toEqual([]);
    });

    it("by tag takes exactly the droplets of that tag", async () => {
      await cloud.droplet({ name: "keep" });
      await cloud.droplet({ name: "drop-1", tags: ["old"] });
      await cloud.droplet({ name: "drop-2", tags: ["old"] });
      expect((await cloud.call("DELETE", "/v2/droplets?tag_name=old")).status).toBe(204);
      await cloud.clock.advance(100);
      const { droplets } = (await cloud.call<Droplets>("GET", "/v2/droplets")).body;
      expect(droplets.map(({ name }) => name)).toEqual(["keep"]);
    });

    it("of everything by leaving the tag out is refused", async () => {
      await cloud.droplet();
      expect((await cloud.call("DELETE", "/v2/droplets")).status).toBe(400);
      expect((await cloud.call("DELETE", "/v2/droplets?tag_name=")).status).toBe(400);
      expect((await cloud.call("DELETE", "/v2/droplets?tag_name=none")).status).toBe(404);
      await cloud.clock.advance(1000);
      expect((await cloud.call<Droplets>("GET", "/v2/droplets")).body.meta.total).toBe(1);
    });

    it("of a droplet that is about to boot never boots it", async () => {
      const { droplet } = (await post()).body;
      await cloud.call("DELETE", `/v2/droplets/${droplet.id}`);
      await cloud.clock.advance(10_000);
      expect((await cloud.call("GET", `/v2/droplets/${droplet.id}`)).status).toBe(404);
      expect(cloud.machines.calls.map(({ call }) => call)).not.toContain("create");
      expect(await actionStatus(2200000001)).toBe("errored");
    });

    it("of a droplet that is booting waits for the boot, then destroys the machine", async () => {
      let boot = (): void => undefined;
      cloud.machines.before = (call) =>
        call === "create" ? new Promise((resolve) => (boot = resolve)) : Promise.resolve();
      const { droplet } = (await post()).body;
      await cloud.clock.advance(200);
      await cloud.call("DELETE", `/v2/droplets/${droplet.id}`);
      await cloud.clock.advance(1000);
      expect((await get(droplet.id)).locked).toBe(true);
      boot();
      await cloud.clock.advance(0);
      expect((await cloud.call("GET", `/v2/droplets/${droplet.id}`)).status).toBe(404);
      expect(cloud.machines.calls.map(({ call }) => call).slice(-2)).toEqual(["create", "destroy"]);
    });

    it("that the machine refuses leaves the droplet in place, to be tried again", async () => {
      const { id } = await cloud.droplet();
      cloud.machines.before = () => Promise.reject(new Error("busy"));
      await cloud.call("DELETE", `/v2/droplets/${id}`);
      await cloud.clock.advance(100);
      expect(await get(id)).toMatchObject({ locked: false });
      cloud.machines.before = () => Promise.resolve();
      await cloud.call("DELETE", `/v2/droplets/${id}`);
      await cloud.clock.advance(100);
      expect((await cloud.call("GET", `/v2/droplets/${id}`)).status).toBe(404);
    });
  });

  describe("that do not boot", () => {
    it("by a planned fault stay new for ever and can be deleted", async () => {
      cloud.api.faults.add({ method: "POST", path: "/v2/droplets", effect: { kind: "stuck" } });
      const { droplet } = (await post()).body;
      await cloud.clock.advance(24 * 3_600_000);
      expect(await get(droplet.id)).toMatchObject({ status: "new", locked: true });
      expect(await actionStatus(2200000001)).toBe("in-progress");
      await cloud.call("DELETE", `/v2/droplets/${droplet.id}`);
      await cloud.clock.advance(100);
      expect((await cloud.call("GET", `/v2/droplets/${droplet.id}`)).status).toBe(404);
    });

    it.each(["a planned fault", "the machine"])("because of %s have an errored action", async (cause) => {
      const messages: string[] = [];
      cloud = await startTestCloud({ onError: (message) => messages.push(message) });
      if (cause === "the machine") cloud.machines.before = () => Promise.reject(new Error("no disk"));
      else cloud.api.faults.add({ path: "/v2/droplets", effect: { kind: "fail" } });
      const { droplet } = (await post()).body;
      await cloud.clock.advance(1000);
      expect(await get(droplet.id)).toMatchObject({ status: "new", locked: false });
      expect(await actionStatus(2200000001)).toBe("errored");
      expect(messages[0]).toMatch(new RegExp(`^cannot (create|apply firewalls to) droplet "${droplet.id}": `));
    });
  });

  describe("limits", () => {
    it("of the account hold for single and for multiple creation, without making a few of them", async () => {
      cloud = await startTestCloud({ dropletLimit: 2 });
      await cloud.droplet();
      const two = await cloud.call("POST", "/v2/droplets", { ...unnamedDroplet, names: ["b1", "b2"] });
      expect(two.status).toBe(422);
      expect(two.body).toMatchObject({
        id: "unprocessable_entity",
        message: "creating this/these droplet(s) will exceed your droplet limit",
      });
      expect((await cloud.call<Droplets>("GET", "/v2/droplets")).body.meta.total).toBe(1);
      expect((await post()).status).toBe(202);
      expect((await post()).status).toBe(422);
      expect((await cloud.call("GET", "/v2/account")).body).toMatchObject({ account: { droplet_limit: 2 } });
    });

    it("of the address pool are told, and a freed address is used again as late as possible", async () => {
      const pool = { first: "192.0.2.9", last: "192.0.2.11", netmask: "255.255.255.255", gateway: "192.0.2.1" };
      cloud = await startTestCloud({ publicIpv4Pool: pool });
      const address = ({ networks }: DropletView): string | undefined => networks.v4[0]?.ip_address;
      const first = await cloud.droplet();
      const second = await cloud.droplet();
      expect([first, second].map(address)).toEqual(["192.0.2.9", "192.0.2.10"]);
      await cloud.call("DELETE", `/v2/droplets/${first.id}`);
      await cloud.clock.advance(100);
      expect(address(await cloud.droplet())).toBe("192.0.2.11");
      expect(address(await cloud.droplet())).toBe("192.0.2.9");
      const refused = await post();
      expect(refused.status).toBe(422);
      expect(refused.body).toMatchObject({ message: "no public IPv4 address is left" });
    });

    it("of a small VPC are told", async () => {
      const vpc = await cloud.call<{ vpc: { id: string } }>("POST", "/v2/vpcs", {
        name: "tiny",
        region: "nyc3",
        ip_range: "10.9.0.0/28",
      });
      for (let index = 0; index < 13; index += 1) await cloud.droplet({ vpc_uuid: vpc.body.vpc.id });
      const refused = await post({ vpc_uuid: vpc.body.vpc.id });
      expect(refused.status).toBe(422);
      expect(refused.body).toMatchObject({ message: "no address is left in the VPC" });
    });
  });

  it("list snapshots, backups and firewalls of a droplet that exists only", async () => {
    const { id } = await cloud.droplet();
    for (const part of ["snapshots", "backups", "firewalls"]) {
      expect((await cloud.call("GET", `/v2/droplets/${id}/${part}`)).body).toEqual({
        [part]: [],
        links: {},
        meta: { total: 0 },
      });
      expect((await cloud.call("GET", `/v2/droplets/1/${part}`)).status).toBe(404);
    }
  });
});
