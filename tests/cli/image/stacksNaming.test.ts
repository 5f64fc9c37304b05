// SPDX-License-Identifier: Apache-2.0
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stacksNaming } from "../../../cli/image/stacksNaming.ts";
import { scratchFolder } from "../../support/scratchFolder.ts";

const folder = scratchFolder();

async function naming(files: Readonly<Record<string, string>>): Promise<(id: string) => readonly string[]> {
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder(), name), text);
  return stacksNaming({ root: folder(), configFolder: folder() });
}

describe("stacksNaming", () => {
  it("finds an image wherever a stack's file mentions it", async () => {
    const find = await naming({
      "Pulumi.dev.yaml": 'config:\n  office-claws:defaults: {"image": "146288445"}\n',
      "Pulumi.prod.yaml": "config: {} # before: 146288445\n",
      "Pulumi.test.yml": "config:\n  x: 7\n",
    });
    expect(find("146288445")).toEqual(["dev", "prod"]);
    expect(find("7")).toEqual(["test"]);
  });

  it("finds an image that the project's own file names for all stacks", async () => {
    const find = await naming({
      "Pulumi.yaml": 'name: x\nconfig:\n  office-claws:defaults: {value: {image: "146288445"}}\n',
      "Pulumi.dev.yaml": "config: {}\n",
    });
    expect(find("146288445")).toEqual(["all, by Pulumi.yaml"]);
  });

  it("does not take a part of a number for a mention", async () => {
    const find = await naming({ "Pulumi.dev.yaml": "image: 1462884450\n" });
    expect(find("146288445")).toEqual([]);
  });

  it("passes over the example", async () => {
    const find = await naming({ "Pulumi.example.yaml": "image: 42\n" });
    expect(find("42")).toEqual([]);
  });

  it("fails rather than guess when a file cannot be read", async () => {
    await mkdir(join(folder(), "Pulumi.dev.yaml"));
    expect(() => stacksNaming({ root: folder(), configFolder: folder() })).toThrow(
      /^cannot use configuration file ".*": it is not a regular file$/,
    );
  });

  it("does not read for ever what a clone brought as a link to a device", async () => {
    await symlink("/dev/zero", join(folder(), "Pulumi.dev.yaml"));
    expect(() => stacksNaming({ root: folder(), configFolder: folder() })).toThrow("it is not a regular file");
  });
});
