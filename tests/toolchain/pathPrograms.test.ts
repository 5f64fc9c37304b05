// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { findPathPrograms } from "../../toolchain/pathPrograms.ts";
import { programs } from "../../toolchain/programs.ts";
import type { Program } from "../../toolchain/programs.ts";
import { recordProgress } from "../support/recordedProgress.ts";
import { scratchFolder, writeScript } from "../support/scratchFolder.ts";

const only = (...names: readonly string[]): readonly Program[] => programs.filter(({ name }) => names.includes(name));

describe("findPathPrograms", () => {
  const folder = scratchFolder();
  const memory = (): string => join(folder(), "cache", "versions.json");
  async function install(place: string, name: string, ...lines: readonly string[]): Promise<string> {
    await mkdir(join(folder(), place), { recursive: true });
    return writeScript(join(folder(), place, name), ...lines);
  }
  const path = (...places: readonly string[]): string => places.map((place) => join(folder(), place)).join(delimiter);

  it("takes a program of the right version", async () => {
    const pulumi = await install("a", "pulumi", '[ "$1" = version ] && echo v3.259.0');
    const progress = recordProgress();
    const found = await findPathPrograms(only("pulumi"), path("a"), memory(), progress);
    expect(found).toEqual(new Map([["pulumi", { path: pulumi, version: "3.259.0" }]]));
    expect(progress.steps).toEqual([]);
  });

  it.each([
    ["echo v3.258.0", "3.258.0"],
    ["echo v3.259.0-alpha.1", "unknown"],
    ["echo 3.259.0", "unknown"],
    ["echo 'version v3.259.0'", "unknown"],
    ["echo v3.259.0; exit 1", "unknown"],
    ["exit 1", "unknown"],
  ])("skips a pulumi that does: %s", async (line, version) => {
    const pulumi = await install("a", "pulumi", line);
    const progress = recordProgress();
    expect(await findPathPrograms(only("pulumi"), path("a"), memory(), progress)).toEqual(new Map());
    expect(progress.steps).toEqual([`skipping ${pulumi}: its version is ${version}, wanted pulumi 3.259.0`]);
  });

  it("goes on to the next folder when the first has another version", async () => {
    await install("a", "headscale", "echo headscale version v0.28.0");
    const right = await install("b", "headscale", "echo headscale version v0.29.2; echo commit: unknown");
    const found = await findPathPrograms(only("headscale"), path("a", "b"), memory(), recordProgress());
    expect(found.get("headscale")?.path).toBe(right);
  });

  it("asks each executable once, and again when it changed", async () => {
    const log = join(folder(), "log");
    await install("a", "headscale", `echo asked >> ${log}`, "echo headscale version v0.29.2");
    const find = async (): Promise<unknown> =>
      findPathPrograms(only("headscale"), path("a"), memory(), recordProgress());
    await find();
    await find();
    expect(await readFile(log, "utf8")).toBe("asked\n");
    await install("a", "headscale", `echo asked again >> ${log}`, "echo headscale version v0.29.9");
    expect(await find()).toEqual(new Map());
    expect(await readFile(log, "utf8")).toBe("asked\nasked again\n");
  });

  it("asks again when its memory is damaged", async () => {
    await install("a", "headscale", "echo headscale version v0.29.2");
    await mkdir(join(folder(), "cache"));
    await writeFile(memory(), "[1,");
    const found = await findPathPrograms(only("headscale"), path("a"), memory(), recordProgress());
    expect(found.size).toBe(1);
    expect(Object.values(JSON.parse(await readFile(memory(), "utf8")) as object)).toEqual(["0.29.2"]);
  });

  it("takes tailscale and tailscaled in one version or not at all", async () => {
    await install("a", "tailscale", "echo 1.98.4; echo more");
    await install("a", "tailscaled", "echo 1.101.0-ERR-BuildInfo");
    const pair = only("tailscale", "tailscaled");
    const progress = recordProgress();
    expect(await findPathPrograms(pair, path("a"), memory(), progress)).toEqual(new Map());
    expect(progress.steps).toHaveLength(2);
    await install("a", "tailscaled", "echo 1.98.4");
    const found = await findPathPrograms(pair, path("a"), memory(), recordProgress());
    expect([...found.keys()]).toEqual(["tailscale", "tailscaled"]);
  });

  it("does not take a lone tailscale", async () => {
    const lone = await install("a", "tailscale", "echo 1.98.4");
    const progress = recordProgress();
    expect(await findPathPrograms(only("tailscale", "tailscaled"), path("a"), memory(), progress)).toEqual(new Map());
    expect(progress.steps).toEqual([`skipping ${lone}: there is no tailscaled of the same version on PATH`]);
  });

  it("looks in no relative folder and takes no folder for a program", async () => {
    await mkdir(join(folder(), "a", "headscale"), { recursive: true });
    const found = await findPathPrograms(only("headscale"), `.${delimiter}${path("a")}`, memory(), recordProgress());
    expect(found).toEqual(new Map());
  });
});
