// SPDX-License-Identifier: Apache-2.0
// The DigitalOcean emulator and the stand-in provider's client, both on clocks that the provider's waits move on.
import { manualClock } from "../../lab/digitalocean/clock.ts";
import { type DigitalOcean, startDigitalOcean } from "../../lab/digitalocean/emulator.ts";
import { connectDigitalOcean, type DigitalOceanClient } from "../../lab/providers/digitalocean/client.ts";
import type { PropertyMap } from "../../lab/providers/engine/propertyValue.ts";
import { type ProviderClock, providerClock } from "./providerClock.ts";

export interface ProviderCloud {
  readonly cloud: DigitalOcean;
  readonly client: DigitalOceanClient;
  readonly clock: ProviderClock;
  readonly imageId: string;
  /** Requests since the last call, e.g. `POST /v2/droplets`. Reads are left out. */
  readonly takeChanges: () => string[];
  /** Body of the newest request with this method and path. */
  readonly bodyOf: (method: string, path: string) => PropertyMap;
  readonly close: () => Promise<void>;
}

/** Starts both. `timing` is the emulator's, in milliseconds; nothing takes time by default. */
export async function startProviderCloud(
  timing: { create?: number; action?: number; firewall?: number; delete?: number } = {},
): Promise<ProviderCloud> {
  const cloudClock = manualClock();
  const cloud = await startDigitalOcean({
    ...{ host: "127.0.0.1", port: 0, tokens: ["token"], clock: cloudClock },
    timing: { create: 0, action: 0, firewall: 0, delete: 0, ...timing },
  });
  const clock = providerClock((milliseconds) => cloudClock.advance(milliseconds));
  const client = connectDigitalOcean({ token: "token", apiEndpoint: cloud.url }, {}, clock);
  let taken = 0;
  return {
    cloud,
    client,
    clock,
    imageId: String(cloud.addSnapshot({ name: "agent", regions: ["nyc3"] })),
    takeChanges: () => {
      const fresh = cloud.requests.slice(taken);
      taken = cloud.requests.length;
      return fresh.filter(({ method }) => method !== "GET").map(({ method, path }) => `${method} ${path}`);
    },
    bodyOf: (method, path) => {
      const found = cloud.requests.findLast((request) => request.method === method && request.path === path);
      if (found === undefined) throw new Error(`no ${method} ${path} was sent`);
      return JSON.parse(found.body) as PropertyMap;
    },
    close: () => cloud.close(),
  };
}
