// SPDX-License-Identifier: Apache-2.0
import { parseFault } from "../digitalocean/parseFault.ts";
import type { NspawnDroplet } from "../droplet/nspawnMachines.ts";
import type { ModelFault } from "../llm/modelFaults.ts";
import type { ModelProviderName } from "../llm/providerTable.ts";
import type { AdminHandler, AdminRoutes } from "./adminServer.ts";
import type { World } from "./world.ts";

/** A droplet as the lab shows it to tests. */
export interface LabDroplet {
  readonly dropletId: number;
  readonly name: string;
  /** Public IPv4 address. */
  readonly address: string;
  readonly state: "on" | "off";
  /** Its PID 1 as this host counts; null while it is off. */
  readonly leaderPid: number | null;
  /** Merged root filesystem. */
  readonly root: string;
  /** What it wrote: the overlay's upper folder. */
  readonly disk: string;
  /** Log file of its console. */
  readonly console: string;
  readonly userData: string | null;
}

/** What the power buttons of a droplet are called. */
export type PowerButton = "cut" | "on" | "off" | "reboot";

/** An image to put into the account. */
export interface ImageToAdd {
  readonly name: string;
  readonly regions: readonly string[];
  /** Folder of its root filesystem. */
  readonly root: string;
}

/** The admin API of a world; the bodies come from our own client, which is typed. */
export function adminRoutes(world: World): AdminRoutes {
  const { digitalOcean, headscale, modelProvider, tailscaleApi, machines } = world;
  return {
    "GET /droplets": () => machines.list().map((droplet) => showDroplet(world, droplet)),
    "POST /droplets/*/power": pressButton(world),
    "POST /images": (body) => addImage(world, body as ImageToAdd),
    "GET /digitalocean/requests": () => digitalOcean.requests,
    "GET /digitalocean/faults": () => digitalOcean.faults.list(),
    "POST /digitalocean/faults": (body) => digitalOcean.faults.add(parseFault(body)),
    "DELETE /digitalocean/faults": () => digitalOcean.faults.clear(),
    "GET /model/requests": () => modelProvider.requests,
    "POST /model/faults": (body) => modelProvider.addFault(body as ModelFault),
    "POST /model/release": () => modelProvider.releaseStreams(),
    "POST /model/keys": (body) => acceptOnly(world, body as AcceptedKeys),
    "GET /tailscale/requests": () => tailscaleApi.requests,
    "GET /devices": () => headscale.listNodes(),
    "PUT /policy": (body) => headscale.setPolicy(String(body)),
    "POST /operator-key": () => createOperatorKey(world),
  };
}

/** Keys that a provider accepts from now on; null for all. */
export interface AcceptedKeys {
  readonly provider: ModelProviderName;
  readonly keys: readonly string[] | null;
}

function acceptOnly({ modelProvider }: World, { provider, keys }: AcceptedKeys): void {
  modelProvider.acceptOnly(provider, keys);
}

function showDroplet(world: World, droplet: NspawnDroplet): LabDroplet {
  const { folders, ...rest } = droplet;
  const { root, disk, console } = folders;
  return { ...rest, root, disk, console, userData: world.userDataOf(droplet.address) };
}

function pressButton({ machines }: World): AdminHandler {
  const buttons: Record<PowerButton, (dropletId: number) => Promise<void>> = {
    cut: (dropletId) => machines.powerOff(dropletId),
    on: (dropletId) => machines.powerOn(dropletId),
    off: (dropletId) => machines.shutdown(dropletId),
    reboot: (dropletId) => machines.reboot(dropletId),
  };
  return (body, dropletId) => buttons[body as PowerButton](Number(dropletId));
}

function addImage({ digitalOcean, images }: World, { name, regions, root }: ImageToAdd): number {
  const imageId = digitalOcean.addSnapshot({ name, regions });
  images.set(imageId, root);
  return imageId;
}

/** One-off and short: the operator joins once, at the lab's start. */
async function createOperatorKey({ headscale, operatorId: userId }: World): Promise<string> {
  const expiration = new Date(Date.now() + 300_000);
  return (await headscale.createAuthKey({ reusable: false, ephemeral: false, expiration, tags: [], userId })).key;
}
