// SPDX-License-Identifier: Apache-2.0
import { getImage } from "../../../../lab/providers/digitalocean/getImage.ts";
import { type ProviderCloud, startProviderCloud } from "../../../support/providerCloud.ts";

describe("getImage", () => {
  let started: ProviderCloud | undefined;

  async function start() {
    started = await startProviderCloud();
    return started;
  }

  afterEach(async () => {
    await started?.close();
    started = undefined;
  });

  it("finds a snapshot by its ID and by its name", async () => {
    const { client, imageId } = await start();
    const found = await getImage.call(client, { id: Number(imageId) });
    expect(found).toMatchObject({
      ...{ id: Number(imageId), image: imageId, name: "agent", type: "snapshot", private: true, status: "available" },
      ...{ regions: ["nyc3"], slug: "", tags: [], errorMessage: "", minDiskSize: 10 },
    });
    expect(await getImage.call(client, { name: "agent" })).toEqual(found);
    expect(await getImage.call(client, { name: "agent", source: "ALL" })).toEqual(found);
  });

  it("finds a public image by its slug", async () => {
    const { client } = await start();
    const { images } = await client.call("GET", "/v2/images?type=distribution");
    const [{ slug, id }] = images as unknown as [{ slug: string; id: number }];
    expect(await getImage.call(client, { slug })).toMatchObject({ id, slug, private: false });
  });

  it("looks only where it is told to", async () => {
    const { client } = await start();
    await expect(getImage.call(client, { name: "agent", source: "distributions" })).rejects.toThrow(
      "no image found with name agent",
    );
  });

  it("fails for none, for two of a name, and for an unknown ID or slug", async () => {
    const { client, cloud } = await start();
    cloud.addSnapshot({ name: "agent", regions: ["nyc3"] });
    await expect(getImage.call(client, { name: "agent" })).rejects.toThrow(
      "too many images found with name agent (found 2, expected 1)",
    );
    await expect(getImage.call(client, { name: "other" })).rejects.toThrow("no image found with name other");
    await expect(getImage.call(client, { id: 1 })).rejects.toThrow(
      `image ID 1 not found: GET ${cloud.url}/v2/images/1: 404`,
    );
    await expect(getImage.call(client, { slug: "no-such" })).rejects.toThrow("image not found: GET");
  });

  it("wants exactly one way to look it up", async () => {
    const { client } = await start();
    await expect(getImage.call(client, {})).rejects.toThrow("exactly one of id, name and slug must be given");
    await expect(getImage.call(client, { id: 1, name: "agent" })).rejects.toThrow("exactly one of");
    await expect(getImage.call(client, { id: 1, source: "user" })).rejects.toThrow(
      "source can only be given with name",
    );
    await expect(getImage.call(client, { name: "agent", source: "mine" })).rejects.toThrow(
      'source must be one of all, applications, distributions, user, not "mine"',
    );
  });
});
