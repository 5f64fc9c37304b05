// SPDX-License-Identifier: Apache-2.0
import type { HeadscaleOptions } from "../../../lab/tailnet/headscale.ts";
import { headscaleFiles, renderHeadscaleConfig } from "../../../lab/tailnet/headscaleConfig.ts";

const options: HeadscaleOptions = {
  program: "headscale",
  directory: "/lab/hs",
  serverUrl: "https://controlplane.lab.example",
  listen: "203.0.113.11:443",
  stunListen: "203.0.113.11:3478",
  tls: { certFile: "/lab/ca/a.pem", keyFile: "/lab/ca/a.key" },
  caFile: "/lab/ca/ca.pem",
};

function render(change: Partial<HeadscaleOptions> = {}): unknown {
  return JSON.parse(renderHeadscaleConfig({ ...options, ...change }));
}

describe("renderHeadscaleConfig", () => {
  it("keeps everything in its folder and asks nobody outside", () => {
    expect(render()).toEqual({
      server_url: "https://controlplane.lab.example",
      listen_addr: "203.0.113.11:443",
      metrics_listen_addr: "",
      grpc_listen_addr: "127.0.0.1:0",
      tls_cert_path: "/lab/ca/a.pem",
      tls_key_path: "/lab/ca/a.key",
      noise: { private_key_path: "/lab/hs/noise.key" },
      prefixes: { v4: "100.64.0.0/10", v6: "fd7a:115c:a1e0::/48", allocation: "sequential" },
      derp: {
        server: {
          enabled: true,
          region_id: 999,
          region_code: "lab",
          region_name: "lab",
          verify_clients: true,
          stun_listen_addr: "203.0.113.11:3478",
          private_key_path: "/lab/hs/derp.key",
          automatically_add_embedded_derp_region: true,
        },
        urls: [],
        paths: [],
        auto_update_enabled: false,
      },
      disable_check_updates: true,
      database: { type: "sqlite", sqlite: { path: "/lab/hs/db.sqlite", write_ahead_log: true } },
      log: { level: "info", format: "text" },
      policy: { mode: "database" },
      dns: {
        magic_dns: true,
        base_domain: "tailnet.lab.example",
        override_local_dns: false,
        nameservers: { global: [] },
      },
      unix_socket: "/lab/hs/hs.sock",
      unix_socket_permission: "0600",
      logtail: { enabled: false },
    });
  });

  it("takes another domain and folders with odd names", () => {
    expect(render({ baseDomain: "team.example" })).toMatchObject({ dns: { base_domain: "team.example" } });
    expect(render({ directory: '/a "b": #c' })).toMatchObject({ unix_socket: '/a "b": #c/hs.sock' });
  });

  it("refuses a folder whose socket path is too long for Linux", () => {
    expect(headscaleFiles(`/${"x".repeat(98)}`).socket).toHaveLength(107);
    expect(() => render({ directory: `/${"x".repeat(99)}` })).toThrow(
      /^cannot use the socket ".*": 108 bytes, but a unix socket's path holds 107/,
    );
    // Bytes count, not characters.
    expect(() => render({ directory: `/${"é".repeat(60)}` })).toThrow("129 bytes");
  });
});
