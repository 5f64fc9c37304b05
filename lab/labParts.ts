// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Authority } from "./certificates.ts";
import { createAuthority } from "./certificates.ts";
import { buildRootFilesystem } from "./image/rootFilesystem.ts";
import { renderEnvironment, standIns } from "./labEnvironment.ts";
import { providerHosts } from "./llm/providerTable.ts";
import { controlPlaneName, labAddresses } from "./network/addresses.ts";
import { connectMachine, createInternet, operatorNamespace } from "./network/namespaces.ts";
import { describeProviders } from "./providerChoice.ts";
import { runVariable } from "./reaper.ts";
import type { TailscaledNode } from "./tailnet/node.ts";
import { startTailscaled } from "./tailnet/node.ts";
import type { AdminClient } from "./world/adminClient.ts";
import { startWorldProcess } from "./world/worldProcess.ts";

/** What the parts of a lab are started from. */
export interface PartsOptions {
  readonly run: string;
  readonly directory: string;
  readonly cache: string;
  readonly toolchain: Readonly<Record<"headscale" | "tailscale" | "tailscaled", string>>;
  readonly policy: string;
  readonly withOpenClaw: boolean;
  readonly onProgress: (line: string) => void;
}

/** The parts of a lab that runs. */
export interface LabParts {
  readonly admin: AdminClient;
  readonly imageId: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Which provider plugins `pulumi` finds there, in words. */
  readonly providers: string;
  /** A resolv.conf that names the lab's DNS. */
  readonly resolver: string;
}

interface Credentials {
  readonly digitalOceanToken: string;
  readonly tailscaleApiKey: string;
}

/** Login name of the operator: `op@` in the policy. */
const operator = "op";

/** DigitalOcean's regions that are open to new accounts. */
const regions = ["nyc1", "nyc3", "ams3", "sfo2", "sfo3", "sgp1", "lon1", "fra1", "tor1", "blr1", "syd1"];

/**
 * Starts everything that a lab consists of, side by side where nothing waits for something else. When one step fails, it still waits for the others, so
 * that the caller's cleaning up meets nothing that is being made.
 * @throws what the first failed step threw.
 */
export async function startParts(options: PartsOptions): Promise<LabParts> {
  const { run, directory, toolchain, cache, withOpenClaw, onProgress } = options;
  const resolver = path.join(directory, "resolv.conf");
  const credentials = createCredentials();
  const authority = createAuthority(path.join(directory, "ca"));
  const network = createNetwork(run);
  const { tailscale, tailscaled } = toolchain;
  const rootFilesystem = buildRootFilesystem({
    cache,
    withOpenClaw,
    onProgress,
    payload: { node: process.execPath, tailscale, tailscaled },
  });
  const world = startWorld(options, credentials, { authority, network });
  const node = startOperator(options, { authority, network });
  const joined = joinTailnet(world, node);
  const image = addImage(world, rootFilesystem);
  const files = createFiles(directory, resolver);
  await settled([authority, network, rootFilesystem, world, node, joined, image, files]);

  const environment = renderEnvironment({
    ...{ run, directory, cache, toolchain, ...credentials },
    searchPath: process.env["PATH"] ?? "",
    caFile: (await authority).caFile,
    tailscaleSocket: (await node).socket,
  });
  const providers = await describeProviders(environment["PATH"] ?? "", standIns);
  return { admin: await world, imageId: String(await image), environment, providers, resolver };
}

/** Both in the form of the real ones: scanners for secrets should find them. */
function createCredentials(): Credentials {
  const digitalOceanToken = `dop_v1_${randomBytes(32).toString("hex")}`;
  return {
    digitalOceanToken,
    tailscaleApiKey: `tskey-api-k${randomBytes(6).toString("hex")}CNTRL-${randomBytes(16).toString("hex")}`,
  };
}

async function createNetwork(run: string): Promise<void> {
  await createInternet(run);
  await connectMachine(run, { netns: operatorNamespace(run), link: "op", address: labAddresses.operator });
}

/** Steps that others wait for. */
interface Groundwork {
  readonly authority: Promise<Authority>;
  readonly network: Promise<void>;
}

async function startWorld(options: PartsOptions, credentials: Credentials, before: Groundwork): Promise<AdminClient> {
  const { run, directory, policy, toolchain } = options;
  const authority = await before.authority;
  const [controlPlane, modelProvider] = await Promise.all([
    authority.issue({ names: [controlPlaneName], addresses: [labAddresses.controlPlane] }),
    authority.issue({ names: Object.values(providerHosts), addresses: [labAddresses.modelProvider] }),
  ]);
  await before.network;
  const { headscale } = toolchain;
  const { caFile } = authority;
  return startWorldProcess({
    run,
    directory,
    policy,
    operator,
    headscale,
    caFile,
    controlPlane,
    modelProvider,
    ...credentials,
  });
}

async function startOperator({ run, directory, toolchain }: PartsOptions, before: Groundwork): Promise<TailscaledNode> {
  const { caFile } = await before.authority;
  await before.network;
  return startTailscaled({
    programs: { tailscale: toolchain.tailscale, tailscaled: toolchain.tailscaled },
    directory: path.join(directory, "op"),
    netns: operatorNamespace(run),
    caFile,
    nameserver: labAddresses.dns,
    environment: { [runVariable]: run },
  });
}

async function joinTailnet(world: Promise<AdminClient>, starting: Promise<TailscaledNode>): Promise<void> {
  const [admin, node] = await Promise.all([world, starting]);
  const authKey = await admin.call<string>("POST", "/operator-key");
  await node.up({ authKey, hostname: "operator", controlUrl: `https://${controlPlaneName}` });
}

async function addImage(world: Promise<AdminClient>, building: Promise<{ directory: string }>): Promise<number> {
  const [admin, { directory }] = await Promise.all([world, building]);
  return admin.call("POST", "/images", { name: "office-claws-agent", regions, root: directory });
}

async function createFiles(directory: string, resolver: string): Promise<void> {
  await Promise.all(["home", "state", "pulumi"].map((name) => mkdir(path.join(directory, name), { mode: 0o700 })));
  await writeFile(path.join(directory, "passphrase"), randomBytes(24).toString("base64url"), { mode: 0o600 });
  await writeFile(resolver, `nameserver ${labAddresses.dns}\n`);
}

async function settled(steps: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(steps);
  const failed = results.find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
