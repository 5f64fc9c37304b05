// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { droplet } from "../../../../lab/providers/digitalocean/droplet.ts";
import type { PropertyMap } from "../../../../lab/providers/engine/propertyValue.ts";
import { PartialFailure, type ResourceState } from "../../../../lab/providers/engine/resourceProvider.ts";
import { type ProviderCloud, startProviderCloud } from "../../../support/providerCloud.ts";
import { providerOperation } from "../../../support/providerOperation.ts";

const userData = '{"authKey":"tskey-auth-CANARY"}';

describe("droplet", () => {
  let started: ProviderCloud | undefined;

  async function start(timing: Parameters<typeof startProviderCloud>[0] = {}) {
    started = await startProviderCloud(timing);
    return started;
  }

  function inputs({ imageId }: ProviderCloud, changes: PropertyMap = {}): PropertyMap {
    const defaults = { backups: false, gracefulShutdown: false, resizeDisk: true, ipv6: false, monitoring: false };
    return { ...defaults, name: "a1", image: imageId, region: "nyc3", size: "s-1vcpu-1gb", ...changes };
  }

  async function create(at: ProviderCloud, changes: PropertyMap = {}): Promise<ResourceState> {
    const made = await droplet.create(at.client, inputs(at, changes), providerOperation());
    at.takeChanges();
    return made;
  }

  afterEach(async () => {
    await started?.close();
    started = undefined;
  });

  it("is created with everything asked for and waited for at least ten seconds", async () => {
    const at = await start();
    await at.client.call("POST", "/v2/tags", { name: "claws-a1" });
    const wanted = inputs(at, { tags: ["claws-a1"], userData, dropletAgent: false, ipv6: true, monitoring: false });
    const { id, outputs } = await droplet.create(at.client, wanted, providerOperation());

    expect(at.clock.waits).toEqual([10_000]);
    expect(at.bodyOf("POST", "/v2/droplets")).toMatchObject({
      ...{ name: "a1", region: "nyc3", size: "s-1vcpu-1gb", image: Number(at.imageId), tags: ["claws-a1"] },
      ...{ user_data: userData, with_droplet_agent: false, ipv6: true, monitoring: false, backups: false },
    });
    expect(outputs).toMatchObject({
      ...{ name: "a1", image: at.imageId, status: "active", locked: false, dropletUrn: `do:droplet:${id}` },
      ...{ region: "nyc3", size: "s-1vcpu-1gb", memory: 1024, vcpus: 1, tags: ["claws-a1"], ipv6: true },
      ...{ dropletAgent: false, monitoring: false, backups: false, resizeDisk: true, publicNetworking: true },
      ipv4Address: "198.51.100.16",
      userData: createHash("sha1").update(userData).digest("hex"),
    });
    expect(JSON.stringify(outputs)).not.toContain("CANARY");
    for (const name of ["priceHourly", "priceMonthly", "disk"]) expect(outputs[name]).toBeGreaterThan(0);
    for (const name of ["createdAt", "vpcUuid", "ipv4AddressPrivate", "ipv6Address"])
      expect(outputs[name]).not.toBe("");
  });

  it("polls with growing pauses while it starts", async () => {
    const at = await start({ create: 20_000 });
    await create(at);
    expect(at.clock.waits).toEqual([10_000, 3_000, 6_000, 10_000]);
  });

  it("is kept with its ID and inputs when it does not start in time", async () => {
    const at = await start();
    at.cloud.faults.add({ method: "POST", path: "/v2/droplets", effect: { kind: "stuck" } });
    const making = droplet.create(at.client, inputs(at, { userData }), providerOperation({ timeoutSeconds: 60 }));
    const failure: unknown = await making.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PartialFailure);
    const { message, id, outputs, inputs: kept } = failure as PartialFailure;
    expect(message).toContain("timeout while waiting for state to become 'active' (last state: '', timeout: 1m0s)");
    expect(id).toMatch(/^\d+$/);
    expect(outputs).toMatchObject({ name: "a1", userData: createHash("sha1").update(userData).digest("hex") });
    expect(kept).toMatchObject({ name: "a1", userData });
  });

  it("reports a refused create in the provider's words and keeps nothing", async () => {
    const at = await start();
    const making = droplet.create(at.client, inputs(at, { size: "s-999vcpu" }), providerOperation());
    const failure: unknown = await making.catch((error: unknown) => error);
    expect(failure).not.toBeInstanceOf(PartialFailure);
    expect(String(failure)).toMatch(
      new RegExp(
        `^Error: 1 error occurred:\\n\\t\\* Error creating droplet: POST ${at.cloud.url}/v2/droplets: 422 \\(request "`,
      ),
    );
  });

  it("is read back with drift, but never its image and user-data", async () => {
    const at = await start();
    const { id, outputs } = await create(at, { userData });
    await at.client.call("POST", `/v2/droplets/${id}/actions`, { type: "rename", name: "renamed" });
    await at.clock.sleep(1, new AbortController().signal);

    const kept = { ...outputs, image: "an older one" };
    expect(await droplet.read(at.client, { id, outputs: kept })).toEqual({ ...kept, name: "renamed" });
    expect(await droplet.read(at.client, { id: "999999", outputs })).toBeUndefined();
    await expect(droplet.read(at.client, { id: "a1", outputs })).rejects.toThrow('invalid droplet id: "a1"');
  });

  it("is imported with its image", async () => {
    const at = await start();
    const { id } = await create(at);
    expect(await droplet.read(at.client, { id, outputs: {} })).toMatchObject({
      image: at.imageId,
      resizeDisk: true,
      name: "a1",
    });
  });

  it("is deleted after two forced waits of ten seconds", async () => {
    const at = await start();
    const { id, outputs } = await create(at);
    const before = at.clock.now();
    await droplet.delete(at.client, { id, outputs }, providerOperation());
    expect(at.takeChanges()).toEqual([`DELETE /v2/droplets/${id}`]);
    expect(at.clock.now() - before).toBe(20_000);
    expect(await at.client.find(`/v2/droplets/${id}`)).toBeUndefined();
  });

  it("is shut down first when asked to, which takes another ten seconds", async () => {
    const at = await start();
    const { id, outputs } = await create(at, { gracefulShutdown: true });
    const before = at.clock.now();
    await droplet.delete(at.client, { id, outputs }, providerOperation());
    expect(at.takeChanges()).toEqual([`POST /v2/droplets/${id}/actions`, `DELETE /v2/droplets/${id}`]);
    expect(at.bodyOf("POST", `/v2/droplets/${id}/actions`)).toEqual({ type: "shutdown" });
    expect(at.clock.now() - before).toBe(30_000);
  });

  it("is not deleted when it does not shut down within the delete time-out", async () => {
    const at = await start();
    const { id, outputs } = await create(at, { gracefulShutdown: true });
    at.cloud.faults.add({ method: "POST", path: `/v2/droplets/*/actions`, effect: { kind: "stuck" } });
    await expect(droplet.delete(at.client, { id, outputs }, providerOperation())).rejects.toThrow(
      `Error waiting for droplet (${id}) to become off: timeout while waiting for state to become 'off'`,
    );
    expect(at.takeChanges()).toEqual([`POST /v2/droplets/${id}/actions`]);
  });

  it("gives a delete the time that the program allows", async () => {
    const at = await start({ action: 100_000 });
    const { id, outputs } = await create(at, { gracefulShutdown: true });
    const slow = droplet.delete(at.client, { id, outputs }, providerOperation({ timeoutSeconds: 300 }));
    await expect(slow).resolves.toBeUndefined();
    expect(at.takeChanges()).toContain(`DELETE /v2/droplets/${id}`);
  });

  it("cannot be deleted without a refresh when somebody else did, as with the official provider", async () => {
    const at = await start();
    const { id, outputs } = await create(at);
    await at.client.call("DELETE", `/v2/droplets/${id}`);
    await at.clock.sleep(1, new AbortController().signal);
    await expect(droplet.delete(at.client, { id, outputs }, providerOperation())).rejects.toThrow(
      `Error waiting for droplet to be unlocked for destroy (${id}): unexpected state 'Not Found', wanted target 'false'`,
    );
  });

  it("stops waiting when the run is cancelled", async () => {
    const at = await start();
    const signal = AbortSignal.abort(new Error("the run was cancelled"));
    const making = droplet.create(at.client, inputs(at), providerOperation({ signal }));
    await expect(making).rejects.toThrow("the run was cancelled");
    await expect(making).rejects.toBeInstanceOf(PartialFailure);
  });

  it("refuses a backup policy without backups in the plan", () => {
    expect(() => droplet.plan?.({ backups: false, backupPolicy: { plan: "daily" } })).toThrow(
      "backup_policy can only be set when backups are enabled",
    );
    expect(() => droplet.plan?.({ backups: true, backupPolicy: { plan: "daily" } })).not.toThrow();
  });
});
