// SPDX-License-Identifier: Apache-2.0
import * as digitalocean from "@pulumi/digitalocean";
import * as pulumi from "@pulumi/pulumi";

import type { Egress } from "./egress.ts";
import { outboundRules } from "./outboundRules.ts";

/** Arguments of {@link HardenedDroplet}. None of them can open a port. */
export interface HardenedDropletArgs {
  /** Host name of the droplet, a DNS label. */
  readonly hostname: string;
  /** Numeric ID of the snapshot to boot, as a string. Changing it replaces the droplet. */
  readonly imageId: pulumi.Input<string>;
  /** DigitalOcean region slug, for example `nyc3`. Changing it replaces droplet and VPC. */
  readonly region: pulumi.Input<string>;
  /** DigitalOcean size slug, for example `s-1vcpu-1gb`. Changing it resizes the droplet in place. */
  readonly size: pulumi.Input<string>;
  /** User-data, at most 64 KiB. Kept as a secret whatever it is. Changing it replaces the droplet. */
  readonly userData: pulumi.Input<string>;
  /** DigitalOcean tag that ties the firewall to the droplet: `[a-zA-Z0-9:_-]{1,255}`. */
  readonly tag: string;
  /** Further DigitalOcean tags. @default [] */
  readonly extraTags?: readonly string[];
  /** Further destinations that the droplet may dial. @default [] */
  readonly egress?: readonly Egress[];
  /** The droplet is replaced when this value changes: share it with the auth key in the user-data. */
  readonly replacementTrigger: pulumi.Input<string>;
}

/** A droplet that the tailnet can reach and the internet cannot: Tailscale dials out, so no inbound rule is needed. */
export class HardenedDroplet extends pulumi.ComponentResource {
  /** ID of the droplet. */
  public readonly dropletId: pulumi.Output<string>;
  /** Time of the droplet's creation, RFC 3339. */
  public readonly createdAt: pulumi.Output<string>;
  /** Public IPv4 address. Nothing answers there. */
  public readonly publicAddress: pulumi.Output<string>;
  /** ID of the firewall that covers the droplet through its tag. */
  public readonly firewallId: pulumi.Output<string>;
  /** ID of the droplet's own VPC. */
  public readonly vpcId: pulumi.Output<string>;
  /** The DigitalOcean tag, as the API spells it. */
  public readonly tag: pulumi.Output<string>;

  constructor(name: string, args: HardenedDropletArgs, opts?: pulumi.ComponentResourceOptions) {
    super("office-claws:index:HardenedDroplet", name, {}, opts);
    const { hostname, imageId: image, region, size, extraTags = [], replacementTrigger } = args;

    const tag = new digitalocean.Tag(`${name}-tag`, { name: args.tag }, { parent: this });
    // No `inboundRules`: their absence is what denies everything inbound, on the public side and in the VPC.
    const firewall = new digitalocean.Firewall(
      `${name}-firewall`,
      { name: args.tag, tags: [tag.name], outboundRules: outboundRules(args.egress) },
      { parent: this },
    );
    // A VPC of its own: in the region's default VPC every other droplet of the account would be a neighbour.
    const vpc = new digitalocean.Vpc(`${name}-vpc`, { name: args.tag, region }, { parent: this });
    const droplet = new digitalocean.Droplet(
      name,
      {
        name: hostname,
        image,
        region,
        size,
        tags: [tag.name, ...extraTags],
        vpcUuid: vpc.id,
        userData: pulumi.secret(args.userData),
        // Neither agent of DigitalOcean's: the image has no console, and metrics stay with the owner.
        dropletAgent: false,
        monitoring: false,
        ipv6: false,
        gracefulShutdown: true,
      },
      {
        parent: this,
        // The firewall goes first, so there is no moment in which the droplet runs uncovered.
        dependsOn: [firewall],
        // Two droplets of one host name would join the tailnet as `name` and `name-1`.
        deleteBeforeReplace: true,
        replacementTrigger,
        // The provider's default of 60 s is shorter than a graceful shutdown may take.
        customTimeouts: { delete: "5m" },
      },
    );

    this.dropletId = droplet.id;
    this.createdAt = droplet.createdAt;
    this.publicAddress = droplet.ipv4Address;
    this.firewallId = firewall.id;
    this.vpcId = vpc.id;
    this.tag = tag.name;
    this.registerOutputs({ dropletId: this.dropletId, firewallId: this.firewallId, vpcId: this.vpcId });
  }
}
