// SPDX-License-Identifier: Apache-2.0
import { nameIn } from "../engineEvent.ts";
import { asList, ResourceType, type StateResource } from "../stackState.ts";
import type { AuditRule } from "./auditRule.ts";

/** Invariants 1 and 2: each droplet is covered by a firewall, and depends on it, so that it is never there without. */
export const behindFirewall: AuditRule = {
  id: "behind-firewall",
  must: "Every droplet must be covered by a firewall that was made before it.",
  findBreaks: (resources) => {
    const firewalls = resources.filter(({ type }) => type === ResourceType.firewall);
    return resources
      .filter(({ type }) => type === ResourceType.droplet)
      .flatMap((droplet) => {
        const covering = firewalls.filter((firewall) => covers(firewall, droplet));
        if (covering.length === 0) return [`no firewall covers droplet ${nameIn(droplet.urn)}`];
        return covering.some(({ urn }) => droplet.dependencies.includes(urn))
          ? []
          : [`droplet ${nameIn(droplet.urn)} does not depend on its firewall`];
      });
  },
};

function covers({ outputs }: StateResource, droplet: StateResource): boolean {
  const tags = asList(droplet.outputs["tags"]);
  return (
    asList(outputs["tags"]).some((tag) => tags.includes(tag)) ||
    asList(outputs["dropletIds"]).map(String).includes(droplet.id)
  );
}
