// SPDX-License-Identifier: Apache-2.0
import { readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readDigests } from "../../toolchain/digests.ts";
import { pinDigests } from "../../toolchain/pin.ts";
import { releases } from "../../toolchain/releases.ts";
import type { Release } from "../../toolchain/releases.ts";
import { startReleaseServer } from "../support/releaseServer.ts";
import type { ReleaseServer } from "../support/releaseServer.ts";
import { scratchFolder } from "../support/scratchFolder.ts";

describe("pinDigests", () => {
  const folder = scratchFolder();
  let server: ReleaseServer;
  beforeEach(async () => {
    server = await startReleaseServer();
  });
  afterEach(() => server.close());

  const file = (): string => join(folder(), "digests.json");
  const local = (): Release[] => releases.map((release) => ({ ...release, base: `${server.url}/${release.name}` }));
  const digest = (index: number): string => index.toString(16).padStart(64, "0");
  const pulumi = ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64"].map(
    (one) => `pulumi-v3.259.0-${one}.tar.gz`,
  );
  const headscale = ["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64"].map(
    (one) => `headscale_0.29.2_${one}`,
  );

  function publish(): void {
    const list = (names: readonly string[]): string =>
      names.map((name, index) => `${digest(index)}  ${name}\n`).join("");
    server.answers.set("/pulumi-release/pulumi-3.259.0-checksums.txt", { kind: "body", body: list(pulumi) });
    server.answers.set("/headscale-release/checksums.txt", { kind: "body", body: list(headscale) });
    for (const arch of ["amd64", "arm64"]) {
      server.answers.set(`/tailscale-release/tailscale_1.98.4_${arch}.tgz.sha256`, { kind: "body", body: digest(9) });
    }
  }

  it("records every file of every release, sorted, in a form that the resolver reads", async () => {
    publish();
    const digests = await pinDigests({ file: file(), releases: local() });
    expect(digests.size).toBe(10);
    expect(digests.get("pulumi-v3.259.0-linux-arm64.tar.gz")).toBe(digest(1));
    expect(digests.get("tailscale_1.98.4_amd64.tgz")).toBe(digest(9));
    expect(readDigests(file())).toEqual(digests);
    const names = Object.keys(JSON.parse(await readFile(file(), "utf8")) as object);
    expect(names).toEqual([...names].sort());
    expect(server.asked).toHaveLength(4);
    expect(await readdir(folder())).toEqual(["digests.json"]);
  });

  it("leaves the old record alone when one digest cannot be read", async () => {
    publish();
    server.answers.delete("/tailscale-release/tailscale_1.98.4_arm64.tgz.sha256");
    await writeFile(file(), "{}\n");
    await expect(pinDigests({ file: file(), releases: local() })).rejects.toThrow("the server answered 404");
    expect(await readFile(file(), "utf8")).toBe("{}\n");
  });
});

describe("readDigests", () => {
  const folder = scratchFolder();

  it.each([
    ["[]", "not an object"],
    ['{"a":1}', 'the digest of "a" is not 64 hex digits'],
    [`{"a":"${"A".repeat(64)}"}`, 'the digest of "a" is not 64 hex digits'],
  ])("refuses %s", async (text, cause) => {
    const file = join(folder(), "digests.json");
    await writeFile(file, text);
    expect(() => readDigests(file)).toThrow(`cannot read "${file}": ${cause}`);
  });

  it("reads the record of this repository", () => {
    const strangers = [...readDigests().keys()].filter((name) => !/^(?:pulumi-v|headscale_|tailscale_)\d/.test(name));
    expect(strangers).toEqual([]);
  });
});
