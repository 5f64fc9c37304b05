// SPDX-License-Identifier: Apache-2.0
import { asText, isEnrolmentStep, ResourceType } from "../stackState.ts";
import type { AuditRule } from "./auditRule.ts";

/** One agent, one droplet, one VPC, one tailnet node. */
export const oneNodePerDroplet: AuditRule = {
  id: "one-node-per-droplet",
  must: "Every agent must have exactly one droplet, one VPC, one auth key and one tailnet node of its own.",
  findBreaks: (resources) => {
    const names = [
      ...new Set([
        ...resources
          .filter(({ type }) => type === ResourceType.droplet || type === ResourceType.agent)
          .map(({ agent }) => agent),
      ]),
    ];
    return names.flatMap((name) =>
      ([ResourceType.droplet, ResourceType.vpc, ResourceType.authKey, ResourceType.command] as const).flatMap(
        (type) => {
          const count = resources.filter(
            (resource) =>
              resource.type === type &&
              resource.agent === name &&
              asText(resource.id) !== "" &&
              !isEnrolmentStep(resource.urn),
          ).length;
          return count === 1
            ? []
            : [
                `${name === "" ? "outside of any agent" : `agent ${name}`}: ${count} of ${type.split(":").at(-1) ?? type}`,
              ];
        },
      ),
    );
  },
};
