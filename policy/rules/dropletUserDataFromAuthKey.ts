// SPDX-License-Identifier: Apache-2.0
import * as digitalocean from "@pulumi/digitalocean";
import type { StackValidationPolicy } from "@pulumi/policy";
import * as tailscale from "@pulumi/tailscale";

/**
 * User-data may hold one auth key. A key that no TailnetKey of the stack made was never looked at by the rule on auth
 * keys: it may be reusable and live for months. So user-data has to come from such a resource.
 */
export const dropletUserDataFromAuthKey: StackValidationPolicy = {
  name: "droplet-user-data-from-auth-key",
  description: "Checks that a droplet's user-data is made from an auth key of the same stack.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps:
    "Render the user-data from the `key` output of a tailscale.TailnetKey of the stack, or leave it out.",
  validateStack: ({ resources }, report) => {
    for (const resource of resources) {
      const { name, urn, props, propertyDependencies } = resource;
      if (!resource.isType(digitalocean.Droplet) || !props["userData"]) continue;
      const origins = propertyDependencies["userData"] ?? [];
      if (origins.some((origin) => origin.isType(tailscale.TailnetKey))) continue;
      report(`The user-data of droplet "${name}" must come from an auth key of this stack, but it does not.`, urn);
    }
  },
};
