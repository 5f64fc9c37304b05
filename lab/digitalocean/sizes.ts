// SPDX-License-Identifier: Apache-2.0
import { pageReply } from "./pagination.ts";
import type { Route } from "./router.ts";

/** A size of droplet. */
export interface Size {
  readonly slug: string;
  readonly description: string;
  readonly vcpus: number;
  /** Megabytes. */
  readonly memory: number;
  /** Gigabytes. */
  readonly disk: number;
  /** Terabytes a month. */
  readonly transfer: number;
  /** US dollars. */
  readonly priceMonthly: number;
  /** Regions where droplets of this size can be created. */
  readonly regions: readonly string[];
}

const everywhere = ["ams3", "blr1", "fra1", "lon1", "nyc1", "nyc3", "sfo3", "sgp1", "syd1", "tor1"];
const withoutAsia = ["ams3", "fra1", "lon1", "nyc1", "nyc3", "sfo3", "tor1"];

type Row = readonly [slug: string, vcpus: number, memory: number, disk: number, transfer: number, price: number];

function family(description: string, inRegions: readonly string[], rows: readonly Row[]): readonly Size[] {
  return rows.map(([slug, vcpus, memory, disk, transfer, priceMonthly]) => {
    return { slug, description, vcpus, memory, disk, transfer, priceMonthly, regions: inRegions };
  });
}

/** The sizes on offer, cheapest first within a family. */
export const sizes: readonly Size[] = [
  ...family("Basic", withoutAsia, [["s-1vcpu-512mb-10gb", 1, 512, 10, 0.5, 4]]),
  ...family("Basic", everywhere, [
    ["s-1vcpu-1gb", 1, 1024, 25, 1, 6],
    ["s-1vcpu-2gb", 1, 2048, 50, 2, 12],
    ["s-2vcpu-2gb", 2, 2048, 60, 3, 18],
    ["s-2vcpu-4gb", 2, 4096, 80, 4, 24],
    ["s-4vcpu-8gb", 4, 8192, 160, 5, 48],
    ["s-8vcpu-16gb", 8, 16384, 320, 6, 96],
  ]),
  ...family("Basic AMD", everywhere, [
    ["s-1vcpu-1gb-amd", 1, 1024, 25, 1, 7],
    ["s-1vcpu-2gb-amd", 1, 2048, 50, 2, 14],
    ["s-2vcpu-4gb-amd", 2, 4096, 80, 4, 28],
  ]),
  ...family("Basic Intel", everywhere, [
    ["s-1vcpu-1gb-intel", 1, 1024, 25, 1, 7],
    ["s-1vcpu-2gb-intel", 1, 2048, 50, 2, 14],
    ["s-2vcpu-4gb-intel", 2, 4096, 80, 4, 28],
  ]),
  ...family("CPU-Optimized", everywhere, [
    ["c-2", 2, 4096, 25, 4, 42],
    ["c-4", 4, 8192, 50, 5, 84],
  ]),
  ...family("General Purpose", everywhere, [
    ["g-2vcpu-8gb", 2, 8192, 25, 4, 63],
    ["g-4vcpu-16gb", 4, 16384, 50, 5, 126],
  ]),
  ...family("Memory-Optimized", withoutAsia, [["m-2vcpu-16gb", 2, 16384, 50, 4, 84]]),
];

const hoursBilledAMonth = 672;

/** The size with this slug. */
export function findSize(slug: string): Size | undefined {
  return sizes.find((size) => size.slug === slug);
}

/** The disks of a size as the API shows them. */
export function renderDiskInfo(disk: number): readonly object[] {
  return [{ type: "local", size: { amount: disk, unit: "gib" } }];
}

/** A size as the API shows it. */
export function renderSize(size: Size): object {
  return {
    slug: size.slug,
    memory: size.memory,
    vcpus: size.vcpus,
    disk: size.disk,
    transfer: size.transfer,
    price_monthly: size.priceMonthly,
    price_hourly: Number((size.priceMonthly / hoursBilledAMonth).toFixed(5)),
    regions: size.regions,
    available: true,
    description: size.description,
    disk_info: renderDiskInfo(size.disk),
  };
}

/** /v2/sizes */
export function sizeRoutes(): readonly Route[] {
  return [{ method: "GET", path: "/v2/sizes", handle: (request) => pageReply(request, "sizes", sizes, renderSize) }];
}
