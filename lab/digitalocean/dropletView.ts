// SPDX-License-Identifier: Apache-2.0
import { renderNextWindow } from "./backupPolicy.ts";
import type { Cloud } from "./cloud.ts";
import { findRegion, renderRegion } from "./regions.ts";
import { findSize, renderDiskInfo, renderSize } from "./sizes.ts";
import type { DropletRecord } from "./state.ts";

/**
 * A droplet as the API shows it. Clients rely on every nested object being there. User data is never shown, and
 * addresses only from the moment the droplet runs.
 */
export function renderDroplet(cloud: Cloud, droplet: DropletRecord): object {
  const size = findSize(droplet.sizeSlug);
  const region = findRegion(droplet.regionSlug);
  if (size === undefined || region === undefined) {
    throw new Error(`cannot show droplet "${droplet.id}": its size or region is not in the catalogue`);
  }
  return {
    id: droplet.id,
    name: droplet.name,
    memory: size.memory,
    vcpus: size.vcpus,
    disk: droplet.disk,
    disk_info: renderDiskInfo(droplet.disk),
    locked: droplet.locked,
    status: droplet.status,
    kernel: null,
    created_at: droplet.createdAt,
    features: featuresOf(droplet),
    backup_ids: [],
    next_backup_window: renderNextWindow(droplet.backupPolicy, cloud.clock.now()),
    snapshot_ids: snapshotIdsOf(cloud, droplet),
    image: droplet.imageView,
    volume_ids: [],
    size: renderSize(size),
    size_slug: droplet.sizeSlug,
    networks: droplet.status === "new" ? { v4: [], v6: [] } : renderNetworks(droplet),
    region: renderRegion(region),
    tags: droplet.tags,
    vpc_uuid: droplet.vpcId,
  };
}

function featuresOf(droplet: DropletRecord): readonly string[] {
  return [
    ...(droplet.backupPolicy === null ? [] : ["backups"]),
    ...(droplet.monitoring ? ["monitoring"] : []),
    ...(droplet.dropletAgent ? ["droplet_agent"] : []),
    ...(droplet.publicIpv6 === null ? [] : ["ipv6"]),
    "private_networking",
  ];
}

function snapshotIdsOf(cloud: Cloud, droplet: DropletRecord): readonly number[] {
  return [...cloud.state.images.values()].filter((image) => image.dropletId === droplet.id).map((image) => image.id);
}

function renderNetworks({ publicIpv4, privateIpv4, publicIpv6, publicNetworking }: DropletRecord): object {
  // A private network has no gateway for its members; the API writes that in this odd way.
  const inside = {
    ip_address: privateIpv4.address,
    netmask: privateIpv4.netmask,
    gateway: "<nil>",
    type: "private",
  };
  const outside = {
    ip_address: publicIpv4.address,
    netmask: publicIpv4.netmask,
    gateway: publicIpv4.gateway,
    type: "public",
  };
  const outside6 = publicIpv6 && {
    ip_address: publicIpv6.address,
    netmask: publicIpv6.prefixLength,
    gateway: publicIpv6.gateway,
    type: "public",
  };
  return {
    v4: publicNetworking ? [outside, inside] : [inside],
    v6: outside6 === null ? [] : [outside6],
  };
}
