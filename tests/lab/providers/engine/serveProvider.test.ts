// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { engineAddress } from "../../../../lab/providers/engine/serveProvider.ts";
import { commandProvider } from "../../../../lab/providers/command/commandProvider.ts";
import { digitalOceanPackage } from "../../../../lab/providers/digitalocean/package.ts";
import { tailscalePackage } from "../../../../lab/providers/tailscale/package.ts";

const bin = path.resolve(import.meta.dirname, "../../../../lab/providers/bin");

describe("engineAddress", () => {
  it.each<[readonly string[], string | undefined]>([
    [["127.0.0.1:1"], "127.0.0.1:1"],
    [["--logtostderr", "-v=9", "127.0.0.1:1"], "127.0.0.1:1"],
    [["--tracing", "file:///x", "127.0.0.1:1"], "127.0.0.1:1"],
    [[], undefined],
  ])("of %j is %p", (argv, address) => {
    expect(engineAddress(argv)).toBe(address);
  });
});

describe("the provider executables", () => {
  it("report the versions of the SDKs that programs use", async () => {
    const manifest = path.resolve(import.meta.dirname, "../../../../package.json");
    const { dependencies } = JSON.parse(await readFile(manifest, "utf8")) as { dependencies: Record<string, string> };
    for (const { name, version } of [digitalOceanPackage, tailscalePackage, commandProvider]) {
      expect([name, version]).toEqual([name, dependencies[`@pulumi/${name}`]]);
    }
  });

  it.each(["digitalocean", "tailscale", "command"])("%s serves through a chain of links", async (name) => {
    const folder = await mkdtemp(path.join(tmpdir(), "provider-bin-"));
    const [first, second] = [path.join(folder, "first"), path.join(folder, "second link")];
    await symlink(path.join(bin, `pulumi-resource-${name}`), first);
    await symlink("first", second);
    const child = spawn(second, ["127.0.0.1:1"], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const socket = connect(Number(String(line)), "127.0.0.1");
    await once(socket, "connect");
    socket.destroy();
    child.kill();
    await once(child, "exit");
    await rm(folder, { recursive: true });
    expect(String(line)).toMatch(/^\d+\n$/);
  });

  it("ends when the process that started it is gone", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "provider-parent-"));
    const parent = path.join(folder, "parent");
    await writeFile(parent, `#!/bin/sh\n"${bin}/pulumi-resource-command" &\nexec sleep 1000 >&-\n`);
    await chmod(parent, 0o755);
    const child = spawn(parent, { stdio: ["ignore", "pipe", "inherit"] });
    const [port] = (await once(child.stdout, "data")) as [Buffer];
    child.kill("SIGKILL");
    // Only the provider still holds the other end of the pipe, which ends with it.
    await once(child.stdout, "end");
    await rm(folder, { recursive: true });
    const socket = connect(Number(String(port)), "127.0.0.1");
    await expect(once(socket, "connect")).rejects.toThrow("ECONNREFUSED");
  });
});
