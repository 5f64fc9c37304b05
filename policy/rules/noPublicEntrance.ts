// SPDX-License-Identifier: Apache-2.0
import * as digitalocean from "@pulumi/digitalocean";
import type { ResourceValidationPolicy } from "@pulumi/policy";

/** Resources that lead from the internet to a droplet, or make droplets that no rule on droplets would see. */
const entrances: readonly string[] = [
  digitalocean.DropletAutoscale,
  digitalocean.FloatingIp,
  digitalocean.FloatingIpAssignment,
  digitalocean.LoadBalancer,
  digitalocean.ReservedIp,
  digitalocean.ReservedIpAssignment,
  digitalocean.ReservedIpv6,
  digitalocean.ReservedIpv6Assignment,
].map((entrance) => (entrance as unknown as { readonly __pulumiType: string }).__pulumiType);

/** An agent is reached over the tailnet only, so nothing may stand in front of its droplet. */
export const noPublicEntrance: ResourceValidationPolicy = {
  name: "no-public-entrance",
  description: "Checks that no reserved IP, load balancer or autoscale pool is part of the stack.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps: "Delete the resource and reach the node over the tailnet.",
  validateResource: ({ type }, report) => {
    if (entrances.includes(type)) report(`The stack must have no public entrance, but it has a ${type}.`);
  },
};
