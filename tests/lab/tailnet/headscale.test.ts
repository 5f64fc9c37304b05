// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { startHeadscale, type HeadscaleOptions } from "../../../lab/tailnet/headscale.ts";
import { startTailscaled } from "../../../lab/tailnet/node.ts";

// What the real programs do is played in tests/stories/tailnet.test.ts; here they are scripts that fail.
let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "claws-hs-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function script(text: string): Promise<string> {
  const file = path.join(directory, "program");
  await writeFile(file, `#!/bin/sh\n${text}\n`);
  await chmod(file, 0o755);
  return file;
}

async function options(program: string): Promise<HeadscaleOptions> {
  const caFile = path.join(directory, "ca.pem");
  await writeFile(caFile, "");
  return {
    program,
    directory: path.join(directory, "hs"),
    serverUrl: "https://controlplane.lab.example",
    listen: "127.0.0.1:1",
    stunListen: "127.0.0.1:1",
    tls: { certFile: "c", keyFile: "k" },
    caFile,
    environment: { CLAWS_LAB_RUN: "abc123" },
  };
}

describe("startHeadscale", () => {
  it("tells the end of the log when the program ends", async () => {
    const program = await script('echo "FTL $1 $2 $CLAWS_LAB_RUN $HOME" >&2; exit 1');
    await expect(startHeadscale(await options(program))).rejects.toThrow(
      `cannot wait for headscale on 127.0.0.1:1: the program ended: FTL serve --config abc123 ${path.join(directory, "hs")}`,
    );
  });

  it("keeps its folder and its configuration to the owner", async () => {
    const { directory: own, ...rest } = await options(await script("exit 1"));
    await expect(startHeadscale({ ...rest, directory: own })).rejects.toThrow("the program ended");
    expect((await stat(own)).mode & 0o777).toBe(0o700);
    expect((await stat(path.join(own, "config.yaml"))).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(path.join(own, "config.yaml"), "utf8"))).toMatchObject({ tls_cert_path: "c" });
  });
});

describe("startTailscaled", () => {
  it("tells what failed when the namespace does not exist", async () => {
    const programs = { tailscale: "false", tailscaled: "false" };
    const wanted = {
      programs,
      directory: path.join(directory, "op"),
      netns: "claws-no-such",
      caFile: "c",
      nameserver: "203.0.113.53",
    };
    await expect(startTailscaled(wanted)).rejects.toThrow(
      /^cannot wait for tailscaled's LocalAPI: the program ended: .*claws-no-such/,
    );
  });
});
