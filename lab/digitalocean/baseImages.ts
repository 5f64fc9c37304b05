// SPDX-License-Identifier: Apache-2.0
import { regions } from "./regions.ts";
import type { ImageRecord } from "./state.ts";

type Row = readonly [id: number, slug: string, distribution: string, name: string, minDiskSize: number];

const rows: readonly Row[] = [
  [155133621, "debian-12-x64", "Debian", "12 x64", 7],
  [195932981, "debian-13-x64", "Debian", "13 x64", 7],
  [129211873, "ubuntu-22-04-x64", "Ubuntu", "22.04 (LTS) x64", 7],
  [153806421, "ubuntu-24-04-x64", "Ubuntu", "24.04 (LTS) x64", 7],
  [185123901, "fedora-42-x64", "Fedora", "42 x64", 7],
  [148721044, "centos-stream-9-x64", "CentOS", "Stream 9 x64", 10],
  [131208044, "rockylinux-9-x64", "Rocky Linux", "9 x64", 10],
];

/** The public images that every account can use. */
export function baseImages(): readonly ImageRecord[] {
  return rows.map(([id, slug, distribution, name, minDiskSize]) => ({
    id,
    name,
    type: "base",
    distribution,
    slug,
    regions: regions.map((region) => region.slug),
    createdAt: "2025-11-03T10:00:00Z",
    minDiskSize,
    sizeGigabytes: 0.6,
    description: `${distribution} ${name}`,
    tags: [],
    status: "available",
    dropletId: null,
  }));
}
