// SPDX-License-Identifier: Apache-2.0
import { lstat, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { createAuthority } from "../../../lab/certificates.ts";
import { furnishRoot } from "../../../lab/droplet/furnish.ts";
import { runCommand } from "../../../lab/network/command.ts";

let folder: string;
let root: string;
let caFile: string;
const inRoot = (name: string): string => path.join(root, name);

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "furnish-"));
  root = path.join(folder, "root");
  await mkdir(inRoot("etc/ssl/certs"), { recursive: true });
  await writeFile(inRoot("etc/ssl/certs/ca-certificates.crt"), "the image's own\n");
  ({ caFile } = await createAuthority(path.join(folder, "ca")));
});

afterEach(() => rm(folder, { recursive: true }));

describe("furnishRoot", () => {
  it("adds the authority where programs look, and keeps the others", async () => {
    await furnishRoot(root, { caFile, nameserver: "203.0.113.53" });
    const authority = await readFile(caFile, "utf8");
    expect(await readFile(inRoot("etc/ssl/certs/ca-certificates.crt"), "utf8")).toBe(`the image's own\n\n${authority}`);
    expect(await readFile(inRoot("etc/ssl/certs/lab-authority.pem"), "utf8")).toBe(authority);
    expect(await readFile(inRoot("usr/local/share/ca-certificates/lab-authority.crt"), "utf8")).toBe(authority);
    const verified = await runCommand(["openssl", "verify", "-CApath", inRoot("etc/ssl/certs"), "-no-CAfile", caFile]);
    expect(verified).toBe(`${caFile}: OK\n`);
  });

  it("writes the name server over whatever is there, without following it out of the root", async () => {
    const outside = path.join(folder, "outside");
    await writeFile(outside, "untouched");
    await symlink(outside, inRoot("etc/resolv.conf"));
    await furnishRoot(root, { caFile, nameserver: "203.0.113.53" });
    expect(await readFile(inRoot("etc/resolv.conf"), "utf8")).toBe("nameserver 203.0.113.53\n");
    expect((await lstat(inRoot("etc/resolv.conf"))).isFile()).toBe(true);
    expect(await readFile(outside, "utf8")).toBe("untouched");
  });

  it("fails for a root without a trust store", async () => {
    await rm(inRoot("etc/ssl/certs/ca-certificates.crt"));
    await expect(furnishRoot(root, { caFile, nameserver: "203.0.113.53" })).rejects.toThrow("ENOENT");
  });
});
