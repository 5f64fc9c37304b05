// SPDX-License-Identifier: Apache-2.0
import path from "node:path";
import { labAddresses } from "./network/addresses.ts";
import { runVariable } from "./reaper.ts";

/** What the environment of a lab's operator is made of. */
export interface EnvironmentParts {
  readonly run: string;
  /** The lab's folder. */
  readonly directory: string;
  /** The cache that holds it. */
  readonly cache: string;
  /** Paths of the programs. */
  readonly toolchain: Readonly<Record<string, string>>;
  /** PATH of this process. */
  readonly searchPath: string;
  readonly digitalOceanToken: string;
  readonly tailscaleApiKey: string;
  readonly caFile: string;
  /** LocalAPI socket of the operator's tailscaled. */
  readonly tailscaleSocket: string;
}

/** Folder of the stand-ins for the provider plugins. */
export const standIns = path.join(import.meta.dirname, "providers", "bin");

/** Renders the environment in which the operator's commands run: with it, `pulumi` and the CLI meet the lab only. */
export function renderEnvironment(parts: EnvironmentParts): Readonly<Record<string, string>> {
  const { directory } = parts;
  return {
    PATH: renderSearchPath(parts),
    HOME: path.join(directory, "home"),
    LANG: "C.UTF-8",
    [runVariable]: parts.run,
    DIGITALOCEAN_TOKEN: parts.digitalOceanToken,
    DIGITALOCEAN_API_URL: `http://${labAddresses.digitalOcean}`,
    TAILSCALE_BASE_URL: `http://${labAddresses.tailscaleApi}`,
    TAILSCALE_API_KEY: parts.tailscaleApiKey,
    TAILSCALE_TAILNET: "-",
    PULUMI_BACKEND_URL: `file://${path.join(directory, "state")}`,
    PULUMI_CONFIG_PASSPHRASE_FILE: path.join(directory, "passphrase"),
    PULUMI_HOME: path.join(directory, "pulumi"),
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "1",
    PULUMI_SKIP_UPDATE_CHECK: "1",
    CLAWS_TAILSCALE_SOCKET: parts.tailscaleSocket,
    CLAWS_CACHE: parts.cache,
    NODE_EXTRA_CA_CERTS: parts.caFile,
  };
}

/** The lab's programs first; the stand-ins last, so that official provider plugins on the PATH win. */
function renderSearchPath({ toolchain, searchPath }: EnvironmentParts): string {
  const programs = Object.values(toolchain).map((program) => path.dirname(program));
  const folders = [...programs, path.dirname(process.execPath), ...searchPath.split(path.delimiter), standIns];
  return [...new Set(folders.filter(Boolean))].join(path.delimiter);
}
