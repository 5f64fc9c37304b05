// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import type { HeadscaleOptions } from "./headscale.ts";
import { unixSocketPath } from "./unixSocketPath.ts";

/** Parent domain of MagicDNS names when the options name none. */
export const defaultBaseDomain = "tailnet.lab.example";

/** The files of one headscale. */
export interface HeadscaleFiles {
  readonly config: string;
  readonly socket: string;
  readonly log: string;
}

/** Where headscale keeps what in its folder. */
export function headscaleFiles(directory: string): HeadscaleFiles {
  return {
    config: path.join(directory, "config.yaml"),
    socket: unixSocketPath(path.join(directory, "hs.sock")),
    log: path.join(directory, "headscale.log"),
  };
}

/** Renders headscale's configuration: JSON, which is YAML too, so no value needs quoting rules of its own. */
export function renderHeadscaleConfig(options: HeadscaleOptions): string {
  const { directory, serverUrl, listen, tls, baseDomain = defaultBaseDomain } = options;
  const config = {
    server_url: serverUrl,
    listen_addr: listen,
    metrics_listen_addr: "",
    // With TLS headscale always opens remote gRPC; a free loopback port keeps two labs apart.
    grpc_listen_addr: "127.0.0.1:0",
    tls_cert_path: tls.certFile,
    tls_key_path: tls.keyFile,
    noise: { private_key_path: path.join(directory, "noise.key") },
    prefixes: { v4: "100.64.0.0/10", v6: "fd7a:115c:a1e0::/48", allocation: "sequential" },
    derp: derpConfig(options),
    disable_check_updates: true,
    database: { type: "sqlite", sqlite: { path: path.join(directory, "db.sqlite"), write_ahead_log: true } },
    log: { level: "info", format: "text" },
    policy: { mode: "database" },
    dns: { magic_dns: true, base_domain: baseDomain, override_local_dns: false, nameservers: { global: [] } },
    unix_socket: headscaleFiles(directory).socket,
    unix_socket_permission: "0600",
    logtail: { enabled: false },
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** The embedded DERP server is the only region: no map is fetched from anywhere. */
function derpConfig({ directory, stunListen }: HeadscaleOptions): object {
  return {
    server: {
      enabled: true,
      region_id: 999,
      region_code: "lab",
      region_name: "lab",
      verify_clients: true,
      stun_listen_addr: stunListen,
      private_key_path: path.join(directory, "derp.key"),
      automatically_add_embedded_derp_region: true,
    },
    urls: [],
    paths: [],
    auto_update_enabled: false,
  };
}
