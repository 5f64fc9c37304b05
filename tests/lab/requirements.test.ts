// SPDX-License-Identifier: Apache-2.0
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import type { HostFacts } from "../../lab/requirements.ts";
import { assertRequirements, findProblems, RequirementsError, thisHost } from "../../lab/requirements.ts";

const good: HostFacts = {
  platform: "linux",
  userId: 0,
  hasProgram: () => Promise.resolve(true),
  hasTun: () => Promise.resolve(true),
};

describe("findProblems", () => {
  it("finds none where everything is there", async () => {
    expect(await findProblems(good)).toEqual([]);
  });

  it("names the devcontainer, and only that, where there is no Linux", async () => {
    const facts = { ...good, platform: "darwin", userId: 501, hasProgram: () => Promise.resolve(false) };
    expect(await findProblems(facts)).toEqual([
      "the lab needs Linux, this is darwin: use the devcontainer of this repository",
    ]);
  });

  it.each([1000, null])("asks the user %p for root in one line", async (userId) => {
    const facts = { ...good, userId, hasProgram: () => Promise.resolve(false), hasTun: () => Promise.resolve(false) };
    expect(await findProblems(facts)).toEqual([
      "the lab needs root, for network namespaces and droplets: use sudo, or use the devcontainer of this repository",
    ]);
  });

  it("names each missing program with its package, and the device", async () => {
    const hasProgram = (name: string): Promise<boolean> =>
      Promise.resolve(!["systemd-nspawn", "ip", "nft"].includes(name));
    expect(await findProblems({ ...good, hasProgram, hasTun: () => Promise.resolve(false) })).toEqual([
      'the program "ip" is missing: apt-get install iproute2',
      'the program "nft" is missing: apt-get install nftables',
      'the program "systemd-nspawn" is missing: apt-get install systemd-container',
      'the device "/dev/net/tun" is missing: modprobe tun, or pass it to the container',
    ]);
  });
});

describe("assertRequirements", () => {
  it("throws one error with a line for each problem", async () => {
    const failed = assertRequirements({
      ...good,
      hasProgram: (name) => Promise.resolve(name !== "openssl"),
      hasTun: () => Promise.resolve(false),
    });
    await expect(failed).rejects.toBeInstanceOf(RequirementsError);
    await expect(failed).rejects.toMatchObject({
      problems: [expect.stringContaining("openssl"), expect.stringContaining("tun")],
    });
    await expect(failed).rejects.toThrow(/^the program "openssl" is missing: apt-get install openssl\nthe device /);
  });

  it("is content with a machine that has everything", async () => {
    await expect(assertRequirements(good)).resolves.toBeUndefined();
  });
});

describe("thisHost", () => {
  it("finds executables on the given path only", async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "path-"));
    writeFileSync(path.join(folder, "program"), "");
    writeFileSync(path.join(folder, "text"), "");
    chmodSync(path.join(folder, "program"), 0o755);
    chmodSync(path.join(folder, "text"), 0o644);
    const facts = thisHost(`/no/such/folder:${folder}:`);
    expect(await facts.hasProgram("program")).toBe(true);
    expect(await facts.hasProgram("text")).toBe(false);
    expect(await facts.hasProgram("sh")).toBe(false);
    expect(facts).toMatchObject({ platform: process.platform, userId: process.geteuid?.() ?? null });
    rmSync(folder, { recursive: true });
  });
});
