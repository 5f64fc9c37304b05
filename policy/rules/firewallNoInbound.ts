// SPDX-License-Identifier: Apache-2.0
import * as digitalocean from "@pulumi/digitalocean";
import { type ResourceValidationPolicy, validateResourceOfType } from "@pulumi/policy";

/** The tailnet is the only way in, so a firewall needs no inbound rule at all. */
export const firewallNoInbound: ResourceValidationPolicy = {
  name: "firewall-no-inbound",
  description: "Checks that DigitalOcean firewalls have no inbound rule.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps: "Delete the inbound rule and reach the node over the tailnet.",
  validateResource: validateResourceOfType(digitalocean.Firewall, (firewall, _args, report) => {
    for (const { protocol, portRange } of firewall.inboundRules ?? []) {
      report(`The firewall must have no inbound rule, but one admits ${[protocol, portRange].join(" ").trim()}.`);
    }
  }),
};
