// SPDX-License-Identifier: Apache-2.0
import { join } from "node:path";
import { startDigitalOcean } from "../../../lab/digitalocean/emulator.ts";
import { scratchFolder } from "../../support/scratchFolder.ts";
import { type ActionView, closeTestClouds, type DropletView, startTestCloud } from "../../support/testCloud.ts";

interface Droplets {
  readonly droplets: readonly DropletView[];
}

describe("startDigitalOcean", () => {
  const folder = scratchFolder();
  afterEach(closeTestClouds);

  it("names the address that is taken", async () => {
    const { api } = await startTestCloud();
    const port = Number(new URL(api.url).port);
    await expect(startDigitalOcean({ host: "127.0.0.1", port, tokens: [] })).rejects.toThrow(
      `cannot listen on "127.0.0.1:${port}": `,
    );
  });

  it("works with nothing but an address and a token", async () => {
    const api = await startDigitalOcean({ host: "127.0.0.1", port: 0, tokens: ["t"] });
    const response = await fetch(`${api.url}/v2/account`, { headers: { authorization: "Bearer t" } });
    expect(await response.json()).toMatchObject({ account: { droplet_limit: 25, status: "active" } });
    await api.close();
    await expect(fetch(`${api.url}/v2/account`)).rejects.toThrow("fetch failed");
  });

  it("accepts nobody without tokens", async () => {
    const cloud = await startTestCloud({ tokens: [] });
    expect((await cloud.call("GET", "/v2/account")).status).toBe(401);
  });

  it("finds everything again after a restart", async () => {
    const stateFile = join(folder(), "state.json");
    const first = await startTestCloud({ stateFile });
    const snapshot = first.api.addSnapshot({ name: "agent", regions: ["nyc3"] });
    await first.call("POST", "/v2/tags", { name: "Prod" });
    const rule = { protocol: "tcp", ports: "22", sources: { tags: ["Prod"] } };
    await first.call("POST", "/v2/firewalls", { name: "f", tags: ["Prod"], inbound_rules: [rule] });
    await first.droplet({ image: snapshot, tags: ["prod"], user_data: "hello" });
    await first.clock.advance(1000);
    const paths = ["droplets", "firewalls", "tags", "vpcs", "projects", "actions", "snapshots", "images?private=true"];
    const read = async (cloud: typeof first): Promise<unknown[]> =>
      Promise.all(paths.map(async (path) => (await cloud.call("GET", `/v2/${path}`)).body));
    const before = await read(first);
    await first.api.close();

    const second = await startTestCloud({ stateFile, clock: first.clock });
    await first.clock.advance(1000);
    expect(JSON.stringify(await read(second))).toBe(JSON.stringify(before).replaceAll(first.api.url, second.api.url));
    expect(second.api.metadataFor("198.51.100.16")?.userData).toBe("hello");
    expect(second.machines.calls.map(({ call }) => call)).toEqual(["applyFirewalls"]);
  });

  it("never gives an ID twice, not even after a restart", async () => {
    const stateFile = join(folder(), "state.json");
    const first = await startTestCloud({ stateFile });
    const { id } = await first.droplet();
    await first.call("DELETE", `/v2/droplets/${id}`);
    await first.clock.advance(1000);
    await first.api.close();
    const second = await startTestCloud({ stateFile });
    expect((await second.droplet()).id).toBe(id + 1);
  });

  it("goes on with boots and deletions that a restart cut short, and fails other actions", async () => {
    const stateFile = join(folder(), "state.json");
    const first = await startTestCloud({ stateFile });
    const going = await first.droplet({ name: "going" });
    const resting = await first.droplet({ name: "resting" });
    await first.call("POST", "/v2/droplets", {
      name: "coming",
      region: "nyc3",
      size: "s-1vcpu-1gb",
      image: "debian-13-x64",
    });
    await first.call("DELETE", `/v2/droplets/${going.id}`);
    const shutdown = await first.call<{ action: ActionView }>("POST", `/v2/droplets/${resting.id}/actions`, {
      type: "shutdown",
    });
    await first.api.close();

    const second = await startTestCloud({ stateFile });
    await second.clock.advance(1000);
    const { droplets } = (await second.call<Droplets>("GET", "/v2/droplets")).body;
    expect(droplets.map(({ name, status, locked }) => [name, status, locked])).toEqual([
      ["resting", "active", false],
      ["coming", "active", false],
    ]);
    const action = await second.call<{ action: ActionView }>("GET", `/v2/actions/${shutdown.body.action.id}`);
    expect(action.body.action.status).toBe("errored");
    expect(second.machines.calls.map(({ call }) => call).slice(-3)).toEqual(["destroy", "applyFirewalls", "create"]);
  });

  it("refuses to start on a state file that is none", async () => {
    const stateFile = join(folder(), "..", "no-such-folder", "state.json");
    const cloud = await startTestCloud({ stateFile });
    const answer = await cloud.call("POST", "/v2/tags", { name: "a" });
    expect(answer.status).toBe(500);
    await expect(startTestCloud({ stateFile: folder() })).rejects.toThrow(/^cannot read state file/);
  });

  it("does not touch its state file any more once it is closed", async () => {
    const stateFile = join(folder(), "state.json");
    const first = await startTestCloud({ stateFile });
    await first.call("POST", "/v2/droplets", {
      name: "a",
      region: "nyc3",
      size: "s-1vcpu-1gb",
      image: "debian-13-x64",
    });
    await first.api.close();
    await first.clock.advance(10_000);
    const second = await startTestCloud({ stateFile });
    const { droplets } = (await second.call<Droplets>("GET", "/v2/droplets")).body;
    expect(droplets.map(({ status }) => status)).toEqual(["new"]);
  });

  it("knows a droplet by each of its addresses, and nobody else", async () => {
    const cloud = await startTestCloud({ nameservers: ["203.0.113.53"] });
    const droplet = await cloud.droplet({ ipv6: true, user_data: "data", tags: ["a"] });
    const addresses = [...droplet.networks.v4, ...droplet.networks.v6].map(({ ip_address }) => ip_address);
    expect(addresses).toEqual(["198.51.100.16", "10.100.48.2", `2001:db8:0:1::1e65:fb81`]);
    for (const address of addresses) {
      expect(cloud.api.metadataFor(address)).toMatchObject({ dropletId: droplet.id, hostname: "a1", userData: "data" });
    }
    expect(cloud.api.metadataFor("198.51.100.17")).toBeUndefined();
    expect(cloud.api.metadataFor("")).toBeUndefined();
  });

  it("puts snapshots into the account", async () => {
    const cloud = await startTestCloud();
    const id = cloud.api.addSnapshot({ name: "agent-1", regions: ["nyc3", "fra1"], minDiskSize: 20, tags: ["image"] });
    const image = await cloud.call("GET", `/v2/images/${id}`);
    expect(image.body).toMatchObject({
      image: { id, name: "agent-1", type: "snapshot", public: false, regions: ["nyc3", "fra1"], min_disk_size: 20 },
    });
    expect((await cloud.call("GET", "/v2/tags/image")).body).toMatchObject({ tag: { resources: { count: 1 } } });
  });
});
