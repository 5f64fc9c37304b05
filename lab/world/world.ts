// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { DigitalOcean } from "../digitalocean/emulator.ts";
import { startDigitalOcean } from "../digitalocean/emulator.ts";
import { startMetadata } from "../digitalocean/metadata.ts";
import type { NspawnMachines } from "../droplet/nspawnMachines.ts";
import { nspawnMachines } from "../droplet/nspawnMachines.ts";
import type { ModelProvider } from "../llm/modelProvider.ts";
import { startModelProvider } from "../llm/modelProvider.ts";
import { providerHosts } from "../llm/providerTable.ts";
import { controlPlaneName, dropletAddresses, labAddresses } from "../network/addresses.ts";
import { startDns } from "../network/dns.ts";
import { runVariable } from "../reaper.ts";
import type { TailscaleApi } from "../tailnet/api.ts";
import { startTailscaleApi } from "../tailnet/api.ts";
import type { Headscale } from "../tailnet/headscale.ts";
import { startHeadscale } from "../tailnet/headscale.ts";
import { startHttpsRedirect } from "../tailnet/httpsRedirect.ts";
import type { WorldConfig } from "./worldConfig.ts";

/** Everything that is outside of the operator's machine. */
export interface World {
  readonly digitalOcean: DigitalOcean;
  readonly machines: NspawnMachines;
  readonly headscale: Headscale;
  /** The operator's user ID in the tailnet. */
  readonly operatorId: string;
  readonly tailscaleApi: TailscaleApi;
  readonly modelProvider: ModelProvider;
  /** Root filesystem of each image that droplets may boot. */
  readonly images: Map<number, string>;
  /** What DigitalOcean gives the droplet as user data; null for none. */
  userDataOf(address: string): string | null;
}

/** Names in the lab's DNS. Every other name does not exist there. */
const records: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  [controlPlaneName, [labAddresses.controlPlane]],
  ...Object.values(providerHosts).map((host): [string, readonly string[]] => [host, [labAddresses.modelProvider]]),
]);

/**
 * Starts the outside world on its addresses, which must exist in the namespace of this process. All of it ends with this process.
 * @throws when one of its servers cannot be started.
 */
export async function startWorld(config: WorldConfig): Promise<World> {
  const images = new Map<number, string>();
  const machines = nspawnMachines({
    run: config.run,
    directory: config.directory,
    caFile: config.caFile,
    nameserver: labAddresses.dns,
    imageRoot: (imageId) => images.get(imageId) ?? null,
  });
  const [digitalOcean, tailnet, modelProvider] = await Promise.all([
    startCloud(config, machines),
    startTailnet(config),
    startProvider(config),
    startDns({ host: labAddresses.dns, port: 53, records }),
  ]);
  const userDataOf = (address: string): string | null => digitalOcean.metadataFor(address)?.userData ?? null;
  return { digitalOcean, machines, modelProvider, images, userDataOf, ...tailnet };
}

async function startCloud(config: WorldConfig, machines: NspawnMachines): Promise<DigitalOcean> {
  const digitalOcean = await startDigitalOcean({
    host: labAddresses.digitalOcean,
    port: 80,
    tokens: [config.digitalOceanToken],
    machines,
    publicIpv4Pool: { ...dropletAddresses, netmask: "255.255.255.0", gateway: labAddresses.gateway },
    nameservers: [labAddresses.dns],
    // The log of this process.
    onError: (message) => console.error(message),
  });
  await startMetadata({
    host: labAddresses.metadata,
    port: 80,
    lookup: (address) => digitalOcean.metadataFor(address),
  });
  return digitalOcean;
}

async function startTailnet(config: WorldConfig): Promise<Pick<World, "headscale" | "operatorId" | "tailscaleApi">> {
  const headscale = await startHeadscale({
    program: config.headscale,
    directory: path.join(config.directory, "hs"),
    serverUrl: `https://${controlPlaneName}`,
    listen: `${labAddresses.controlPlane}:443`,
    stunListen: `${labAddresses.controlPlane}:3478`,
    tls: config.controlPlane,
    caFile: config.caFile,
    environment: { [runVariable]: config.run },
  });
  await startHttpsRedirect({ host: labAddresses.controlPlane, port: 80, target: `https://${controlPlaneName}` });
  const operatorId = await headscale.createUser(config.operator);
  await headscale.setPolicy(config.policy);
  const tailscaleApi = await startTailscaleApi({
    host: labAddresses.tailscaleApi,
    port: 80,
    headscale,
    apiKeys: [config.tailscaleApiKey],
  });
  return { headscale, operatorId, tailscaleApi };
}

async function startProvider({ modelProvider }: WorldConfig): Promise<ModelProvider> {
  const [cert, key] = await Promise.all([
    readFile(modelProvider.certFile, "utf8"),
    readFile(modelProvider.keyFile, "utf8"),
  ]);
  return startModelProvider({ host: labAddresses.modelProvider, port: 443, tls: { cert, key } });
}
