// SPDX-License-Identifier: Apache-2.0
import {
  type ActionView,
  closeTestClouds,
  type DropletView,
  startTestCloud,
  type TestCloud,
  textLike,
} from "../../support/testCloud.ts";

interface OneAction {
  readonly action: ActionView;
}

interface Actions {
  readonly actions: readonly ActionView[];
}

describe("droplet actions", () => {
  let cloud: TestCloud;
  let id: number;
  beforeEach(async () => {
    cloud = await startTestCloud();
    ({ id } = await cloud.droplet());
    cloud.machines.calls.length = 0;
  });
  afterEach(closeTestClouds);

  const start = (body: object): ReturnType<typeof cloud.call<OneAction & { message: string }>> =>
    cloud.call<OneAction & { message: string }>("POST", `/v2/droplets/${id}/actions`, body);
  const droplet = async (): Promise<DropletView> =>
    (await cloud.call<{ droplet: DropletView }>("GET", `/v2/droplets/${id}`)).body.droplet;
  const run = async (body: object): Promise<ActionView> => {
    const started = await start(body);
    if (started.status !== 201) throw new Error(started.body.message);
    await cloud.clock.advance(100);
    return (await cloud.call<OneAction>("GET", `/v2/actions/${started.body.action.id}`)).body.action;
  };
  const machineCalls = (): readonly string[] => cloud.machines.calls.map(({ call }) => call);

  it("are in progress, with the droplet locked, until they are completed", async () => {
    const started = await start({ type: "reboot" });
    expect(started.status).toBe(201);
    expect(started.body.action).toEqual({
      id: 2200000002,
      status: "in-progress",
      type: "reboot",
      started_at: "2026-01-01T00:00:00Z",
      completed_at: null,
      resource_id: id,
      resource_type: "droplet",
      region: expect.objectContaining({ slug: "nyc3" }),
      region_slug: "nyc3",
    });
    expect((await droplet()).locked).toBe(true);
    await cloud.clock.advance(100);
    const ended = await cloud.call<OneAction>("GET", `/v2/droplets/${id}/actions/2200000002`);
    expect(ended.body.action).toMatchObject({ status: "completed", completed_at: "2026-01-01T00:00:00Z" });
    expect((await droplet()).locked).toBe(false);
    expect(machineCalls()).toEqual(["reboot"]);
  });

  it("run one at a time", async () => {
    await start({ type: "reboot" });
    const second = await start({ type: "shutdown" });
    expect(second.status).toBe(422);
    expect(second.body.message).toBe("Droplet already has a pending event.");
  });

  it("are refused while the droplet boots", async () => {
    const created = await cloud.call<{ droplet: DropletView }>("POST", "/v2/droplets", {
      name: "b",
      region: "nyc3",
      size: "s-1vcpu-1gb",
      image: "debian-13-x64",
    });
    const answer = await cloud.call("POST", `/v2/droplets/${created.body.droplet.id}/actions`, { type: "reboot" });
    expect(answer.status).toBe(422);
  });

  it.each([
    [{}, "type is required"],
    [{ type: "explode" }, 'The action type "explode" is not supported.'],
    [{ type: "constructor" }, 'The action type "constructor" is not supported.'],
    [{ type: "power_on" }, "Droplet is already powered on."],
    [{ type: "rename" }, "name is required"],
    [{ type: "rename", name: "not a host" }, /^Name Only valid hostname/],
    [{ type: "resize", size: "none" }, "You specified an invalid size for Droplet creation."],
    [{ type: "resize", size: "s-1vcpu-1gb" }, "Droplet already has this size."],
    [{ type: "resize", size: "s-1vcpu-512mb-10gb" }, /smaller disk/],
    [{ type: "resize", size: "s-1vcpu-2gb" }, "Droplet must be powered off before it is resized."],
    [{ type: "rebuild", image: "none" }, "You specified an invalid image for Droplet creation."],
    [{ type: "disable_backups", backup_policy: 1 }, undefined],
    [{ type: "change_backup_policy", backup_policy: { plan: "daily" } }, "Backups are already disabled."],
    [{ type: "enable_backups", backup_policy: { plan: "never" } }, "backup policy plan must be daily or weekly"],
  ])("check what they are told: %j", async (body, message) => {
    const answer = await start(body);
    expect(answer.status).toBe(message === undefined ? 201 : 422);
    expect(answer.body.message).toEqual(textLike(message));
  });

  it("shut down gracefully, also a droplet that is off", async () => {
    expect((await run({ type: "shutdown" })).status).toBe("completed");
    expect((await droplet()).status).toBe("off");
    expect((await run({ type: "shutdown" })).status).toBe("completed");
    expect(machineCalls()).toEqual(["shutdown"]);
  });

  it("cut the power and turn it on again", async () => {
    await run({ type: "power_off" });
    expect((await droplet()).status).toBe("off");
    expect((await start({ type: "power_off" })).body.message).toBe("Droplet is already powered off.");
    expect((await start({ type: "reboot" })).status).toBe(422);
    await run({ type: "power_on" });
    expect((await droplet()).status).toBe("active");
    expect(machineCalls()).toEqual(["powerOff", "powerOn"]);
  });

  it("cycle the power", async () => {
    await run({ type: "power_cycle" });
    expect((await droplet()).status).toBe("active");
    expect(machineCalls()).toEqual(["powerOff", "powerOn"]);
  });

  it("rename", async () => {
    await run({ type: "rename", name: "b1" });
    expect((await droplet()).name).toBe("b1");
  });

  it.each([
    [true, 50],
    [false, 25],
  ])("resize, with the disk %s", async (disk, gigabytes) => {
    await run({ type: "power_off" });
    await run({ type: "resize", size: "s-1vcpu-2gb", disk });
    expect(await droplet()).toMatchObject({ size_slug: "s-1vcpu-2gb", disk: gigabytes, memory: 2048 });
  });

  it("snapshot: the image is found by the time of the action's start", async () => {
    await cloud.clock.advance(5000);
    const action = await run({ type: "snapshot", name: "before-upgrade" });
    const snapshots = await cloud.call("GET", `/v2/droplets/${id}/snapshots`);
    expect(snapshots.body).toMatchObject({
      snapshots: [
        {
          id: expect.any(Number),
          name: "before-upgrade",
          created_at: action.started_at,
          regions: ["nyc3"],
          min_disk_size: 25,
          type: "snapshot",
        },
      ],
    });
    expect((await droplet()).snapshot_ids).toHaveLength(1);
  });

  it("rebuild from another image with the same addresses", async () => {
    const before = (await droplet()).networks;
    const image = cloud.api.addSnapshot({ name: "next", regions: ["nyc3"] });
    await run({ type: "rebuild", image });
    expect(await droplet()).toMatchObject({ networks: before, image: { id: image }, status: "active" });
    expect(machineCalls()).toEqual(["destroy", "applyFirewalls", "create"]);
  });

  it("enable IPv6 on a droplet that had none", async () => {
    await run({ type: "enable_ipv6" });
    expect((await droplet()).networks.v6).toHaveLength(1);
    expect((await droplet()).features).toContain("ipv6");
  });

  it("enable, change and disable backups", async () => {
    await run({ type: "enable_backups" });
    expect(await droplet()).toMatchObject({ next_backup_window: { start: "2026-01-02T00:00:00Z" } });
    expect((await start({ type: "enable_backups" })).body.message).toBe("Backups are already enabled.");
    await run({ type: "change_backup_policy", backup_policy: { plan: "weekly", weekday: "WED", hour: 8 } });
    expect(await droplet()).toMatchObject({ next_backup_window: { start: "2026-01-07T08:00:00Z" } });
    expect((await start({ type: "change_backup_policy" })).body.message).toBe("backup_policy is required");
    await run({ type: "disable_backups" });
    expect(await droplet()).toMatchObject({ next_backup_window: null });
  });

  it("that the machine refuses end errored, and the droplet keeps its status", async () => {
    cloud.machines.before = () => Promise.reject(new Error("no"));
    expect((await run({ type: "shutdown" })).status).toBe("errored");
    expect(await droplet()).toMatchObject({ status: "active", locked: false });
  });

  it("can be made to hang or to fail by a planned fault", async () => {
    const path = `/v2/droplets/*/actions`;
    cloud.api.faults.add({ method: "POST", path, effect: { kind: "fail" } });
    expect((await run({ type: "shutdown" })).status).toBe("errored");
    cloud.api.faults.add({ method: "POST", path, effect: { kind: "stuck" } });
    expect((await run({ type: "shutdown" })).status).toBe("in-progress");
    expect(await droplet()).toMatchObject({ status: "active", locked: true });
    expect(machineCalls()).toEqual([]);
  });

  it("of a droplet that is deleted meanwhile end errored", async () => {
    const started = await start({ type: "rename", name: "late" });
    await cloud.call("DELETE", `/v2/droplets/${id}`);
    await cloud.clock.advance(1000);
    const action = await cloud.call<OneAction>("GET", `/v2/actions/${started.body.action.id}`);
    expect(action.body.action.status).toBe("errored");
    expect((await cloud.call("GET", `/v2/droplets/${id}`)).status).toBe(404);
  });

  it("are listed newest first, for the droplet and for the account", async () => {
    await run({ type: "reboot" });
    const types = async (path: string): Promise<string[]> =>
      (await cloud.call<Actions>("GET", path)).body.actions.map(({ type }) => type);
    expect(await types(`/v2/droplets/${id}/actions`)).toEqual(["reboot", "create"]);
    expect(await types("/v2/actions")).toEqual(["reboot", "create"]);
  });

  it("of one droplet are not found at another", async () => {
    const other = await cloud.droplet({ name: "other" });
    expect((await cloud.call("GET", `/v2/droplets/${other.id}/actions/2200000001`)).status).toBe(404);
    expect((await cloud.call("GET", `/v2/droplets/${id}/actions/2200000001`)).status).toBe(200);
  });

  describe("by tag", () => {
    const byTag = (query: string, type: string): ReturnType<typeof cloud.call<Actions>> =>
      cloud.call<Actions>("POST", `/v2/droplets/actions${query}`, { type });

    it("start on every droplet of the tag and on no other", async () => {
      const first = await cloud.droplet({ tags: ["pool"] });
      const second = await cloud.droplet({ tags: ["pool"] });
      const answer = await byTag("?tag_name=pool", "power_off");
      expect(answer.status).toBe(201);
      expect(answer.body.actions).toHaveLength(2);
      await cloud.clock.advance(100);
      expect(cloud.machines.calls.filter(({ call }) => call === "powerOff")).toEqual([
        { call: "powerOff", dropletId: first.id },
        { call: "powerOff", dropletId: second.id },
      ]);
      expect((await droplet()).status).toBe("active");
    });

    it("know only some types and need a tag", async () => {
      expect((await byTag("?tag_name=pool", "rename")).status).toBe(422);
      expect((await byTag("", "power_off")).status).toBe(400);
    });
  });
});
