// SPDX-License-Identifier: Apache-2.0
import { checkInputs } from "../../../../lab/providers/bridge/checkInputs.ts";
import { diffInputs } from "../../../../lab/providers/bridge/diffInputs.ts";
import { connectDigitalOcean } from "../../../../lab/providers/digitalocean/client.ts";
import { vpc } from "../../../../lab/providers/digitalocean/vpc.ts";
import { providerClock } from "../../../support/providerClock.ts";
import { type ProviderCloud, startProviderCloud } from "../../../support/providerCloud.ts";
import { providerOperation } from "../../../support/providerOperation.ts";
import { type ScriptedAnswer, startScriptedServer } from "../../../support/scriptedServer.ts";

describe("vpc", () => {
  let started: ProviderCloud | undefined;

  afterEach(async () => {
    await started?.close();
    started = undefined;
  });

  it("is made, renamed in place, read and deleted", async () => {
    const { client } = (started = await startProviderCloud());
    const made = await vpc.create(
      client,
      { name: "a1", region: "nyc3", description: "one agent" },
      providerOperation(),
    );
    expect(made.outputs).toEqual({
      ...{ name: "a1", region: "nyc3", description: "one agent", default: false, vpcUrn: `do:vpc:${made.id}` },
      ipRange: expect.stringMatching(/^10\.[\d.]+\/\d+$/),
      createdAt: expect.stringMatching(/^2026-01-01 00:00:00[.\d]* \+0000 UTC$/),
    });
    const renamed = await vpc.update(client, made, { name: "a2", region: "nyc3" }, providerOperation());
    expect(renamed).toEqual({ ...made.outputs, name: "a2", description: "" });
    expect(await vpc.read(client, { ...made, outputs: renamed })).toEqual(renamed);
    await vpc.delete(client, made, providerOperation());
    expect(await vpc.read(client, made)).toBeUndefined();
  });

  it("is made one at a time in a region, so that ranges never overlap", async () => {
    const { client } = (started = await startProviderCloud());
    const making = ["a1", "a2", "a3"].map((name) => vpc.create(client, { name, region: "nyc3" }, providerOperation()));
    const ranges = (await Promise.all(making)).map(({ outputs }) => outputs["ipRange"]);
    expect(new Set(ranges).size).toBe(3);
  });

  it("goes on after a refused create", async () => {
    const { client } = (started = await startProviderCloud());
    const first = vpc.create(client, { name: "a1", region: "nyc3", ipRange: "8.8.8.0/24" }, providerOperation());
    const second = vpc.create(client, { name: "a2", region: "nyc3" }, providerOperation());
    await expect(first).rejects.toThrow("Error creating VPC: POST");
    await expect(second).resolves.toMatchObject({ outputs: { name: "a2" } });
  });

  it("is replaced by another region or range and by nothing else", () => {
    const outputs = { name: "a1", region: "nyc3", ipRange: "10.1.0.0/20", description: null };
    const inputs = { name: "a2", region: "ams3", ipRange: "10.2.0.0/20", description: "x", __defaults: [] };
    const request = { id: "v", outputs, inputs, oldInputs: {}, ignoreChanges: [] };
    const { changes } = diffInputs(vpc.schema, request);
    expect(Object.fromEntries([...changes].map(([name, { replace }]) => [name, replace]))).toEqual({
      ...{ name: false, region: true, ipRange: true, description: false },
    });
  });

  it.each(["10.0.0.0", "10.0.0.0/33", "10.0.0/24", "x/8", "10.0.0.0/"])("refuses the range %p", (ipRange) => {
    const request = { inputs: { region: "nyc3", ipRange }, oldInputs: {}, seed: new Uint8Array() };
    expect(checkInputs(vpc.schema, "a1", request).failures.map(({ property }) => property)).toEqual(["ipRange"]);
  });

  async function deleteAgainst(script: readonly ScriptedAnswer[], timeoutSeconds = 0) {
    const server = await startScriptedServer(script);
    const clock = providerClock();
    const client = connectDigitalOcean({ token: "t", apiEndpoint: server.url }, {}, clock);
    const ending = await vpc.delete(client, { id: "v", outputs: {} }, providerOperation({ timeoutSeconds })).then(
      () => "deleted",
      (error: unknown) => String(error),
    );
    await server.close();
    return { ending, waits: clock.waits, count: server.requests.length };
  }

  it("is deleted again and again while members leave it", async () => {
    const busy = {
      status: 403,
      body: { id: "forbidden", message: "Can not delete VPC with members", request_id: "r" },
    };
    const script = [busy, { ...busy, status: 409 }, busy, { status: 204 }];
    expect(await deleteAgainst(script)).toEqual({ ending: "deleted", waits: [500, 1000, 2000], count: 4 });
  });

  it("gives up after two minutes, or after the time that the program allows", async () => {
    const busy = Array.from({ length: 40 }, () => ({ status: 403, body: { message: "has members", request_id: "r" } }));
    const usual = await deleteAgainst(busy);
    expect(usual.ending).toContain('403 (request "r") has members');
    const waited = usual.waits.reduce((sum, wait) => sum + wait, 0);
    expect(waited).toBeGreaterThan(110_000);
    expect(waited).toBeLessThanOrEqual(120_000);
    const short = await deleteAgainst(busy, 5);
    expect(short.waits).toEqual([500, 1000, 2000]);
  });

  it("does not try a delete again that is refused for another reason", async () => {
    const refused = { status: 401, body: { message: "Unable to authenticate you", request_id: "r" } };
    const { ending, count } = await deleteAgainst([refused]);
    expect(ending).toMatch(
      /Error deleting VPC: DELETE .*\/v2\/vpcs\/v: 401 \(request "r"\) Unable to authenticate you/,
    );
    expect(count).toBe(1);
  });
});
