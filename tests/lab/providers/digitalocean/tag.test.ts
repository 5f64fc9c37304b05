// SPDX-License-Identifier: Apache-2.0
import { checkInputs } from "../../../../lab/providers/bridge/checkInputs.ts";
import { diffInputs } from "../../../../lab/providers/bridge/diffInputs.ts";
import { tag } from "../../../../lab/providers/digitalocean/tag.ts";
import { type ProviderCloud, startProviderCloud } from "../../../support/providerCloud.ts";
import { providerOperation } from "../../../support/providerOperation.ts";

describe("tag", () => {
  let started: ProviderCloud | undefined;

  afterEach(async () => {
    await started?.close();
    started = undefined;
  });

  it("is made, counted, and gone after its delete", async () => {
    const { client } = (started = await startProviderCloud());
    const made = await tag.create(client, { name: "claws-a1" }, providerOperation());
    expect(made).toEqual({
      id: "claws-a1",
      outputs: {
        ...{ name: "claws-a1", totalResourceCount: 0, dropletsCount: 0, imagesCount: 0 },
        ...{ volumesCount: 0, volumeSnapshotsCount: 0, databasesCount: 0 },
      },
    });
    expect(await tag.update(client, made, { name: "claws-a1" }, providerOperation())).toEqual(made.outputs);
    await tag.delete(client, made, providerOperation());
    expect(await tag.read(client, made)).toBeUndefined();
  });

  it("keeps the capitals that the account used first", async () => {
    const { client } = (started = await startProviderCloud());
    await client.call("POST", "/v2/tags", { name: "Claws" });
    expect((await tag.create(client, { name: "claws" }, providerOperation())).outputs["name"]).toBe("Claws");
  });

  it("is replaced by another name", () => {
    const request = { id: "a", outputs: { name: "a" }, inputs: { name: "b" }, oldInputs: {}, ignoreChanges: [] };
    expect(diffInputs(tag.schema, request).changes.get("name")).toEqual({ kind: "update", replace: true });
  });

  it.each(["a.b", "a b", "", "x".repeat(256)])("refuses the name %p", (name) => {
    const { failures } = checkInputs(tag.schema, "a1", { inputs: { name }, oldInputs: {}, seed: new Uint8Array() });
    expect(failures).toEqual([
      { property: "name", reason: "a tag is 1 to 255 letters, numbers, colons, dashes and underscores" },
    ]);
  });
});
