// SPDX-License-Identifier: Apache-2.0
import type { BridgedPackage } from "../bridge/bridgedProvider.ts";
import { connectDigitalOcean, type DigitalOceanClient } from "./client.ts";
import { droplet } from "./droplet.ts";
import { firewall } from "./firewall.ts";
import { getImage } from "./getImage.ts";
import { tag } from "./tag.ts";
import { vpc } from "./vpc.ts";

/** The stand-in for the digitalocean provider; its version is that of the SDK in package.json. */
export const digitalOceanPackage: BridgedPackage<DigitalOceanClient> = {
  name: "digitalocean",
  version: "4.80.1",
  connect: (config) => connectDigitalOcean(config, process.env),
  resources: {
    "digitalocean:index/droplet:Droplet": droplet,
    "digitalocean:index/firewall:Firewall": firewall,
    "digitalocean:index/tag:Tag": tag,
    "digitalocean:index/vpc:Vpc": vpc,
  },
  functions: { "digitalocean:index/getImage:getImage": getImage },
};
