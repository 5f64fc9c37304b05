// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ageModule, languageModule, pulumiModule, tailnetModule } from "../../toolchain/goModules.ts";
import { programs } from "../../toolchain/programs.ts";
import { releases } from "../../toolchain/releases.ts";
import { compareVersions, isWithin, parseVersion } from "../../toolchain/versionProbe.ts";

const modules = [pulumiModule, languageModule, tailnetModule, ageModule];
const accepts = (name: string, version: string): boolean | undefined =>
  programs.find((program) => program.name === name)?.accepts(version);

describe("the pinned modules", () => {
  it.each([
    ["pulumi", pulumiModule, ["github.com/pulumi/pulumi/pkg/v3 v3.259.0", "github.com/pulumi/pulumi/sdk/v3 v3.259.0"]],
    ["language", languageModule, ["github.com/pulumi/pulumi/sdk/v3 v3.68.0"]],
    ["tailnet", tailnetModule, ["github.com/juanfont/headscale v0.29.2", "tailscale.com v1.101.0-pre"]],
    ["age", ageModule, ["filippo.io/age v1.3.2"]],
  ])("%s asks for exactly the versions we say", (_name, module, lines) => {
    const text = readFileSync(join(module.directory, "go.mod"), "utf8");
    for (const line of lines)
      expect(text).toMatch(new RegExp(`^\\s*(?:require )?${line.replaceAll(".", "\\.")}(?: // indirect)?$`, "m"));
  });

  it.each(modules.map((module) => [module.name, module] as const))(
    "%s has the digests of what it requires",
    (_name, module) => {
      const text = readFileSync(join(module.directory, "go.mod"), "utf8");
      const replaced = [...text.matchAll(/^replace (\S+) => /gm)].map(([, path]) => path);
      const required = [...text.matchAll(/^\t((\S+) v\S+)/gm)].filter(([, , path]) => !replaced.includes(path));
      const sums = new Set(
        readFileSync(join(module.directory, "go.sum"), "utf8")
          .split("\n")
          .map((line) => line.split(" h1:")[0]),
      );
      const missing = required.map(([, pin = ""]) => pin).filter((pin) => !sums.has(pin) && !sums.has(`${pin}/go.mod`));
      expect(missing).toEqual([]);
    },
  );

  it("are enough for each program: every program is a package of its module", () => {
    for (const { name, module } of programs)
      expect(module.packages.map((path) => path.split("/").at(-1))).toContain(name);
  });

  it("make programs whose stamped versions are accepted", () => {
    expect(pulumiModule.linkerFlags).toContain("version.Version=v3.259.0");
    expect(languageModule.linkerFlags).toContain("version.Version=v3.68.0");
    expect(tailnetModule.linkerFlags).toContain("version.shortStamp=1.101.0 ");
    expect(accepts("pulumi", "3.259.0")).toBe(true);
    expect(accepts("pulumi-language-nodejs", "3.68.0")).toBe(true);
    expect(accepts("tailscaled", "1.101.0")).toBe(true);
  });
});

describe("the releases", () => {
  it("are fetched over TLS from their publishers", () => {
    expect(releases.map(({ base }) => new URL(base).origin)).toEqual([
      "https://get.pulumi.com",
      "https://github.com",
      "https://pkgs.tailscale.com",
    ]);
  });

  it.each([
    [
      "linux",
      "x64",
      ["pulumi-v3.259.0-linux-x64.tar.gz", "headscale_0.29.2_linux_amd64", "tailscale_1.98.4_amd64.tgz"],
    ],
    [
      "linux",
      "arm64",
      ["pulumi-v3.259.0-linux-arm64.tar.gz", "headscale_0.29.2_linux_arm64", "tailscale_1.98.4_arm64.tgz"],
    ],
    ["darwin", "arm64", ["pulumi-v3.259.0-darwin-arm64.tar.gz", "headscale_0.29.2_darwin_arm64", undefined]],
    ["linux", "riscv64", [undefined, undefined, undefined]],
    ["win32", "x64", [undefined, undefined, undefined]],
  ])("have for %s on %s the files %j", (os, arch, files) => {
    expect(releases.map((release) => release.file({ os, arch }))).toEqual(files);
  });

  it("hold each program under a version that is accepted", () => {
    for (const { name, release, accepts: fits } of programs) {
      const file = release.file({ os: "linux", arch: "x64" }) ?? "";
      expect([...release.programs(file).keys()]).toContain(name);
      expect(fits(release.version)).toBe(true);
    }
  });
});

describe("accepted versions", () => {
  it.each([
    ["pulumi", "3.258.0", false],
    ["pulumi", "3.259.1", false],
    ["pulumi-language-nodejs", "3.259.0", true],
    ["pulumi-language-nodejs", "3.69.0", false],
    ["headscale", "0.29.1", false],
    ["tailscale", "1.97.9", false],
    ["tailscale", "1.98.0", true],
    ["tailscale", "1.102.5", true],
    ["tailscale", "1.103.0", false],
    ["tailscale", "2.0.0", false],
    ["tailscale", "", false],
  ])("%s %s: %s", (name, version, expected) => {
    expect(accepts(name, version)).toBe(expected);
  });

  it("are parsed strictly", () => {
    expect(parseVersion("1.20.300")).toEqual([1, 20, 300]);
    for (const text of ["1.2", "1.2.3.4", "01.2.3", "1.2.3-rc1", "v1.2.3", " 1.2.3", "1.2.3\n", "1..3"]) {
      expect(parseVersion(text)).toBeUndefined();
    }
  });

  it("are compared as numbers", () => {
    expect(compareVersions([1, 9, 0], [1, 10, 0])).toBeLessThan(0);
    expect(compareVersions([2, 0, 0], [1, 99, 99])).toBeGreaterThan(0);
    expect(compareVersions([1, 2, 3], [1, 2, 3])).toBe(0);
    expect(isWithin("1.10.0", [1, 9, 0], [1, 10, 0])).toBe(false);
  });
});
