// SPDX-License-Identifier: Apache-2.0
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readManifest } from "../../../cli/image/manifest.ts";
import { scratchFolder } from "../../support/scratchFolder.ts";

const folder = scratchFolder();

async function read(text: string): Promise<unknown> {
  const path = join(folder(), "manifest.json");
  await writeFile(path, text);
  return await readManifest(path);
}

describe("readManifest", () => {
  it("gives region and ID of the last build", async () => {
    const builds = [{ artifact_id: "nyc3:1" }, { artifact_id: "ams3:146288445", builder_type: "digitalocean" }];
    expect(await read(JSON.stringify({ builds, last_run_uuid: "u" }))).toEqual({ id: "146288445", region: "ams3" });
  });

  it.each([
    ["no build", '{"builds":[]}'],
    ["an artifact that is no ID", '{"builds":[{"artifact_id":"nyc3"}]}'],
    ["no JSON", "{"],
    ["another document", "[]"],
  ])("fails at %s", async (_what, text) => {
    await expect(read(text)).rejects.toThrow("its manifest names no snapshot");
  });

  it("fails when there is none", async () => {
    await expect(readManifest(join(folder(), "none"))).rejects.toThrow("its manifest names no snapshot");
  });
});
