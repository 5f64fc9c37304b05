// SPDX-License-Identifier: Apache-2.0
import { verifyImages, type ImageUse } from "../../../cli/image/verifyImages.ts";
import type { CloudImage } from "../../../cli/digitalOceanShapes.ts";
import { cloudImage, healthyCloud } from "../../support/agentWorld.ts";

const good: ImageUse = { agent: "a1", imageId: "42", region: "nyc3", size: "s-1vcpu-1gb" };

async function problems(change: Partial<CloudImage>, use: Partial<ImageUse> = {}): Promise<readonly string[]> {
  const cloud = healthyCloud({ ownImages: () => Promise.resolve([cloudImage(change)]) });
  const [finding] = await verifyImages(cloud, [{ ...good, ...use }]);
  return finding?.problems ?? ["no finding"];
}

describe("verifyImages", () => {
  it("finds nothing wrong with an image that fits", async () => {
    expect(await verifyImages(healthyCloud(), [good])).toEqual([
      { agent: "a1", imageId: "42", name: "office-claws-agent-20261101", problems: [] },
    ]);
  });

  it("says that an image is not there, and has no name for it", async () => {
    expect(await verifyImages(healthyCloud(), [{ ...good, imageId: "43" }])).toEqual([
      { agent: "a1", imageId: "43", name: null, problems: ["is not among the account's images"] },
    ]);
  });

  it.each<[string, Partial<CloudImage>, Partial<ImageUse>, string]>([
    ["still being made", { status: "pending" }, {}, "has status pending, not available"],
    ["of somebody else's making", { name: "web" }, {}, "was not made by the template: its name is web"],
    ["in another region", { regions: ["ams3", "fra1"] }, {}, "is not in region nyc3, only in ams3, fra1"],
    ["in no region", { regions: [] }, {}, "is not in region nyc3, only in none"],
    ["too large", { minDiskGigabytes: 50 }, {}, "needs a disk of 50 GB, and size s-1vcpu-1gb has 25"],
    ["for no size", {}, { size: "s-9" }, "cannot be checked for size s-9, which does not exist"],
  ])("tells of an image %s", async (_what, change, use, problem) => {
    expect(await problems(change, use)).toEqual([problem]);
  });

  it("asks nothing about region and size where none is given", async () => {
    const change = { regions: [], minDiskGigabytes: 500 };
    expect(await problems(change, { region: undefined, size: undefined })).toEqual([]);
  });

  it("names all that is wrong at once", async () => {
    expect(await problems({ status: "deleted", regions: [], minDiskGigabytes: 26 })).toHaveLength(3);
  });
});
