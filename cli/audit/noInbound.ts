// SPDX-License-Identifier: Apache-2.0
import { nameIn } from "../engineEvent.ts";
import { asList, ResourceType } from "../stackState.ts";
import type { AuditRule } from "./auditRule.ts";

const OPENERS =
  /^digitalocean:index\/(?:reservedIp|reservedIpv6|floatingIp|loadBalancer|reservedIpAssignment|floatingIpAssignment)/;

/** Invariant 1: firewalls only ever allow, so a single inbound rule in the union over all of them opens a port. */
export const noInbound: AuditRule = {
  id: "no-inbound",
  must: "No firewall may have an inbound rule, and nothing may stand in front of a droplet.",
  findBreaks: (resources) => [
    ...resources
      .filter(
        ({ type, inputs, outputs }) =>
          type === ResourceType.firewall &&
          (asList(inputs["inboundRules"]).length > 0 || asList(outputs["inboundRules"]).length > 0),
      )
      .map(({ urn }) => `firewall ${nameIn(urn)} has inbound rules`),
    ...resources
      .filter(({ type }) => OPENERS.test(type))
      .map(({ urn, type }) => `${nameIn(urn)} (${type}) leads to a droplet`),
  ],
};
