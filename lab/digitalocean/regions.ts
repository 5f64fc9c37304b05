// SPDX-License-Identifier: Apache-2.0
import { pageReply } from "./pagination.ts";
import type { Route } from "./router.ts";
import { sizes } from "./sizes.ts";

/** A datacenter. */
export interface Region {
  readonly slug: string;
  readonly name: string;
  /** Whether new droplets can be created in it. */
  readonly available: boolean;
}

/** All regions, in the order of preference when a droplet names none. */
export const regions: readonly Region[] = [
  { slug: "nyc1", name: "New York 1", available: true },
  { slug: "sgp1", name: "Singapore 1", available: true },
  { slug: "lon1", name: "London 1", available: true },
  { slug: "nyc3", name: "New York 3", available: true },
  { slug: "ams3", name: "Amsterdam 3", available: true },
  { slug: "fra1", name: "Frankfurt 1", available: true },
  { slug: "tor1", name: "Toronto 1", available: true },
  { slug: "blr1", name: "Bangalore 1", available: true },
  { slug: "sfo3", name: "San Francisco 3", available: true },
  { slug: "syd1", name: "Sydney 1", available: true },
  { slug: "nyc2", name: "New York 2", available: false },
  { slug: "sfo1", name: "San Francisco 1", available: false },
  { slug: "ams2", name: "Amsterdam 2", available: false },
];

/** The region with this slug. */
export function findRegion(slug: string): Region | undefined {
  return regions.find((region) => region.slug === slug);
}

/** A region as the API shows it. */
export function renderRegion(region: Region): object {
  return {
    name: region.name,
    slug: region.slug,
    features: ["backups", "ipv6", "metadata", "install_agent", "storage", "image_transfer"],
    available: region.available,
    sizes: sizes.filter((size) => size.regions.includes(region.slug)).map((size) => size.slug),
  };
}

/** /v2/regions */
export function regionRoutes(): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/v2/regions",
      handle: (request) => pageReply(request, "regions", regions, renderRegion),
    },
  ];
}
