// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { renderEnvironment } from "../../lab/labEnvironment.ts";

const parts = {
  run: "0a1b2c",
  directory: "/cache/lab/0a1b2c",
  cache: "/cache",
  toolchain: { pulumi: "/tools/a/pulumi", headscale: "/tools/b/headscale", tailscale: "/tools/b/tailscale" },
  searchPath: "/usr/bin::/bin",
  digitalOceanToken: "dop_v1_x",
  tailscaleApiKey: "tskey-api-x",
  caFile: "/cache/lab/0a1b2c/ca/ca.pem",
  tailscaleSocket: "/cache/lab/0a1b2c/op/ts.sock",
};

describe("renderEnvironment", () => {
  it("puts the lab's programs first on the PATH and the stand-ins of plugins last", () => {
    const folders = renderEnvironment(parts)["PATH"]?.split(":") ?? [];
    expect(folders.slice(0, 2)).toEqual(["/tools/a", "/tools/b"]);
    expect(folders.slice(2, -1)).toEqual([path.dirname(process.execPath), "/usr/bin", "/bin"]);
    expect(folders.at(-1)).toMatch(/\/lab\/providers\/bin$/);
  });

  it("points everything at the lab and nothing at home", () => {
    const { PATH: _path, ...rest } = renderEnvironment(parts);
    expect(_path).toContain("/usr/bin");
    expect(rest).toEqual({
      HOME: "/cache/lab/0a1b2c/home",
      LANG: "C.UTF-8",
      CLAWS_LAB_RUN: "0a1b2c",
      DIGITALOCEAN_TOKEN: "dop_v1_x",
      DIGITALOCEAN_API_URL: "http://203.0.113.10",
      TAILSCALE_BASE_URL: "http://203.0.113.12",
      TAILSCALE_API_KEY: "tskey-api-x",
      TAILSCALE_TAILNET: "-",
      PULUMI_BACKEND_URL: "file:///cache/lab/0a1b2c/state",
      PULUMI_CONFIG_PASSPHRASE_FILE: "/cache/lab/0a1b2c/passphrase",
      PULUMI_HOME: "/cache/lab/0a1b2c/pulumi",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "1",
      PULUMI_SKIP_UPDATE_CHECK: "1",
      CLAWS_TAILSCALE_SOCKET: "/cache/lab/0a1b2c/op/ts.sock",
      CLAWS_CACHE: "/cache",
      NODE_EXTRA_CA_CERTS: "/cache/lab/0a1b2c/ca/ca.pem",
    });
  });
});
