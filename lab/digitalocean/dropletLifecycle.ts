// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from "node:crypto";
import { type ActionPlan, performAction, startAction } from "./actions.ts";
import { unprocessable } from "./apiError.ts";
import type { Cloud } from "./cloud.ts";
import type { DropletRequest } from "./dropletRequest.ts";
import { renderImage } from "./images.ts";
import type { MachineSpec } from "./machines.ts";
import { assignToDefaultProject, removeFromProjects } from "./projectResources.ts";
import { assignPublicIpv4, publicIpv6Of } from "./publicAddresses.ts";
import type { ApiRequest } from "./router.ts";
import type { ActionRecord, DropletRecord } from "./state.ts";
import { ensureTags } from "./tagNames.ts";
import { assignPrivateIpv4, ensureDefaultVpc } from "./vpcPlan.ts";

type ActionFault = ApiRequest["actionFault"];

/** Adds a droplet to the account and starts to boot it. @throws ApiError 422 when no address is left. */
export function createDroplet(
  cloud: Cloud,
  request: DropletRequest,
  name: string,
  fault: ActionFault,
): { readonly droplet: DropletRecord; readonly action: ActionRecord } {
  const droplet = recordDroplet(cloud, request, name);
  assignToDefaultProject(cloud, droplet.id);
  cloud.coverage.refresh();
  return { droplet, action: startAction(cloud, bootPlan(cloud, droplet, fault, bootMachine)) };
}

function recordDroplet(cloud: Cloud, request: DropletRequest, name: string): DropletRecord {
  const vpc = request.vpc ?? ensureDefaultVpc(cloud.state, request.region.slug, cloud.now());
  const privateIpv4 = assignPrivateIpv4(cloud.state, vpc);
  const publicIpv4 = assignPublicIpv4(cloud.state, cloud.publicIpv4Pool);
  const id = cloud.nextId("droplet");
  const droplet: DropletRecord = {
    id,
    uuid: randomUUID(),
    name,
    status: "new",
    locked: true,
    deleting: false,
    createdAt: cloud.now(),
    imageId: request.image.id,
    imageView: renderImage(request.image),
    sizeSlug: request.size.slug,
    disk: request.size.disk,
    regionSlug: request.region.slug,
    vpcId: vpc.id,
    tags: ensureTags(cloud, request.tags, { lastDroplet: id }),
    userData: request.userData,
    sshKeys: request.sshKeys,
    monitoring: request.monitoring,
    dropletAgent: request.dropletAgent,
    publicNetworking: request.publicNetworking,
    backupPolicy: request.backupPolicy,
    publicIpv4,
    privateIpv4,
    publicIpv6: request.ipv6 ? publicIpv6Of(id) : null,
  };
  cloud.state.droplets.set(id, droplet);
  return droplet;
}

/** Starts to delete a droplet, whatever it is doing. @throws ApiError 422 when it is being deleted already. */
export function destroyDroplet(cloud: Cloud, droplet: DropletRecord, fault: ActionFault): ActionRecord {
  if (droplet.deleting) throw unprocessable("Droplet already has a pending event.");
  droplet.deleting = true;
  droplet.locked = true;
  return startAction(cloud, destroyPlan(cloud, droplet, fault));
}

/** Throws a droplet's machine away and boots another one under the same firewalls. */
export function remakeMachine(cloud: Cloud, droplet: DropletRecord): Promise<void> {
  return cloud.onMachine(droplet.id, async (machines) => {
    checkNotDeleted(cloud, droplet);
    await machines.destroy(droplet.id);
    cloud.coverage.machineIsNew(droplet.id);
    await cloud.coverage.apply(droplet.id);
    await machines.create(machineSpecOf(droplet));
  });
}

function bootMachine(cloud: Cloud, droplet: DropletRecord): Promise<void> {
  return cloud.onMachine(droplet.id, async (machines) => {
    checkNotDeleted(cloud, droplet);
    await cloud.coverage.apply(droplet.id);
    await machines.create(machineSpecOf(droplet));
  });
}

/** What a machine backend is told about a droplet. */
function machineSpecOf(droplet: DropletRecord): MachineSpec {
  return {
    dropletId: droplet.id,
    name: droplet.name,
    imageId: droplet.imageId,
    publicIpv4: droplet.publicIpv4,
    privateIpv4: droplet.privateIpv4,
    ...(droplet.publicIpv6 !== null && { publicIpv6: droplet.publicIpv6 }),
    publicNetworking: droplet.publicNetworking,
  };
}

/**
 * Takes up what was under way when the emulator stopped: boots begin anew, since nobody knows how far they got,
 * deletions go on, other actions count as failed. Machines of settled droplets are left as they are; all of them are told their firewalls again.
 */
export function resumeDroplets(cloud: Cloud): void {
  for (const action of cloud.state.actions.values()) {
    if (action.status !== "in-progress") continue;
    const droplet = action.resourceType === "droplet" ? cloud.state.droplets.get(action.resourceId) : undefined;
    void performAction(cloud, action, resumedPlan(cloud, action, droplet));
  }
  cloud.coverage.refresh();
}

function resumedPlan(cloud: Cloud, action: ActionRecord, droplet: DropletRecord | undefined): ActionPlan {
  if (droplet !== undefined && action.type === "create") return bootPlan(cloud, droplet, undefined, remakeMachine);
  if (droplet !== undefined && action.type === "destroy") return destroyPlan(cloud, droplet, undefined);
  const effect = (): never => {
    throw new Error("the emulator was stopped meanwhile");
  };
  return { ...action, delay: 0, fault: undefined, effect, finished: () => unlock(droplet) };
}

function bootPlan(
  cloud: Cloud,
  droplet: DropletRecord,
  fault: ActionFault,
  boot: (cloud: Cloud, droplet: DropletRecord) => Promise<void>,
): ActionPlan {
  return {
    type: "create",
    resourceType: "droplet",
    resourceId: droplet.id,
    regionSlug: droplet.regionSlug,
    delay: cloud.timing.create,
    fault,
    effect: async () => {
      await boot(cloud, droplet);
      droplet.status = "active";
    },
    finished: () => unlock(droplet),
  };
}

function destroyPlan(cloud: Cloud, droplet: DropletRecord, fault: ActionFault): ActionPlan {
  return {
    type: "destroy",
    resourceType: "droplet",
    resourceId: droplet.id,
    regionSlug: droplet.regionSlug,
    delay: cloud.timing.delete,
    fault,
    effect: async () => {
      await cloud.onMachine(droplet.id, (machines) => machines.destroy(droplet.id));
      cloud.state.droplets.delete(droplet.id);
      removeFromProjects(cloud.state, droplet.id);
      cloud.coverage.forget(droplet.id);
    },
    finished: () => {
      droplet.deleting = false;
      unlock(droplet);
    },
  };
}

/** @throws Error when the droplet is gone or about to go. */
export function checkNotDeleted(cloud: Cloud, droplet: DropletRecord): void {
  if (droplet.deleting || !cloud.state.droplets.has(droplet.id)) throw new Error("it was deleted meanwhile");
}

function unlock(droplet: DropletRecord | undefined): void {
  if (droplet !== undefined && !droplet.deleting) droplet.locked = false;
}
