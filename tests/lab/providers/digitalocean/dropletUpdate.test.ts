// SPDX-License-Identifier: Apache-2.0
import { droplet } from "../../../../lab/providers/digitalocean/droplet.ts";
import type { PropertyMap } from "../../../../lab/providers/engine/propertyValue.ts";
import { type ProviderCloud, startProviderCloud } from "../../../support/providerCloud.ts";
import { providerOperation } from "../../../support/providerOperation.ts";

describe("an update of a droplet in place", () => {
  let started: ProviderCloud | undefined;

  /** Makes a droplet and returns what an update of it needs. */
  async function start(first: PropertyMap = {}) {
    const at = await startProviderCloud();
    started = at;
    const inputs: PropertyMap = {
      ...{ name: "a1", image: at.imageId, region: "nyc3", size: "s-1vcpu-1gb", resizeDisk: true, ipv6: false },
      ...{ backups: false, monitoring: false, gracefulShutdown: false },
      ...first,
    };
    for (const tag of ["one", "two"]) await at.client.call("POST", "/v2/tags", { name: tag });
    const made = await droplet.create(at.client, inputs, providerOperation());
    at.takeChanges();
    const update = (changes: PropertyMap) =>
      droplet.update(at.client, made, { ...inputs, ...changes }, providerOperation());
    return { at, made, update, actions: `/v2/droplets/${made.id}/actions` };
  }

  const actionsSent = ({ cloud }: ProviderCloud, path: string) =>
    cloud.requests
      .filter((request) => request.method === "POST" && request.path === path)
      .map(({ body }) => JSON.parse(body) as unknown);

  afterEach(async () => {
    await started?.close();
    started = undefined;
  });

  it("resizes between power off and power on", async () => {
    const { at, made, update, actions } = await start();
    const before = at.clock.now();
    const outputs = await update({ size: "s-2vcpu-2gb" });
    expect(actionsSent(at, actions)).toEqual([
      { type: "power_off" },
      { type: "resize", size: "s-2vcpu-2gb", disk: true },
      { type: "power_on" },
    ]);
    expect(at.clock.now() - before).toBe(30_000);
    expect(outputs).toMatchObject({ size: "s-2vcpu-2gb", vcpus: 2, memory: 2048, status: "active", image: at.imageId });
    expect(outputs["disk"]).toBeGreaterThan(Number(made.outputs["disk"]));
  });

  it("leaves the disk alone when told so", async () => {
    const { at, update, actions } = await start();
    await update({ size: "s-2vcpu-2gb", resizeDisk: false });
    expect(actionsSent(at, actions)[1]).toEqual({ type: "resize", size: "s-2vcpu-2gb", disk: false });
  });

  it("switches a droplet on again when its resize fails", async () => {
    const { at, made, update, actions } = await start();
    at.cloud.faults.add({ method: "POST", path: actions, skip: 1, effect: { kind: "fail" } });
    await expect(update({ size: "s-2vcpu-2gb" })).rejects.toThrow(
      `Error resizing droplet (${made.id}): unexpected state 'errored', wanted target 'completed'`,
    );
    expect(actionsSent(at, actions).at(-1)).toEqual({ type: "power_on" });
    expect(await droplet.read(at.client, made)).toMatchObject({ status: "active", size: "s-1vcpu-1gb" });
  });

  it("renames and waits for the new name", async () => {
    const { at, update, actions } = await start();
    expect(await update({ name: "b1" })).toMatchObject({ name: "b1" });
    expect(actionsSent(at, actions)).toEqual([{ type: "rename", name: "b1" }]);
  });

  it("adds and removes tags, and makes those that do not exist", async () => {
    const { at, made, update } = await start({ tags: ["one", "two"] });
    const outputs = await update({ tags: ["two", "three"] });
    expect(at.takeChanges()).toEqual([
      "DELETE /v2/tags/one/resources",
      "POST /v2/tags",
      "POST /v2/tags/three/resources",
    ]);
    expect(at.bodyOf("DELETE", "/v2/tags/one/resources")).toEqual({
      resources: [{ resource_id: made.id, resource_type: "droplet" }],
    });
    expect(outputs["tags"]).toEqual(expect.arrayContaining(["two", "three"]));
    expect(outputs["tags"]).toHaveLength(2);
  });

  it("switches IPv6 on", async () => {
    const { at, update, actions } = await start();
    const outputs = await update({ ipv6: true });
    expect(actionsSent(at, actions)).toEqual([{ type: "enable_ipv6" }]);
    expect(outputs["ipv6"]).toBe(true);
    expect(outputs["ipv6Address"]).toMatch(/:/);
  });

  it("switches backups on with their policy and off again", async () => {
    const { at, made, update, actions } = await start();
    const outputs = await update({ backups: true, backupPolicy: { plan: "weekly", weekday: "TUE", hour: 8 } });
    expect(actionsSent(at, actions)[0]).toEqual({
      type: "enable_backups",
      backup_policy: { plan: "weekly", weekday: "TUE", hour: 8 },
    });
    expect(outputs["backups"]).toBe(true);
    const off = await droplet.update(at.client, { id: made.id, outputs }, { ...made.outputs }, providerOperation());
    expect(actionsSent(at, actions).at(-1)).toEqual({ type: "disable_backups" });
    expect(off).toMatchObject({ backups: false });
    expect(off).not.toHaveProperty("backupPolicy");
  });

  it("sends nothing for inputs that only steer later changes", async () => {
    const { at, update } = await start();
    expect(await update({ gracefulShutdown: true, resizeDisk: false })).toMatchObject({
      gracefulShutdown: true,
      resizeDisk: false,
    });
    expect(at.takeChanges()).toEqual([]);
  });

  it("says that the droplet is gone when it disappears meanwhile", async () => {
    const { at, made, update } = await start();
    at.cloud.faults.add({ method: "GET", path: `/v2/droplets/${made.id}`, effect: { kind: "status", status: 404 } });
    await expect(update({ name: "b1" })).rejects.toThrow(`droplet (${made.id}) not found during update`);
  });
});
