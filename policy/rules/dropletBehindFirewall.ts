// SPDX-License-Identifier: Apache-2.0
import * as digitalocean from "@pulumi/digitalocean";
import type { PolicyResource, StackValidationPolicy } from "@pulumi/policy";

/**
 * A rule on firewalls says nothing of a droplet that has none, and such a droplet is open at the cloud's edge.
 * Firewalls are matched as DigitalOcean does: by tag (in any capitals) or by the droplet's ID.
 */
export const dropletBehindFirewall: StackValidationPolicy = {
  name: "droplet-behind-firewall",
  description: "Checks that each droplet is covered by a firewall of the same stack.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps: "Give the droplet a tag that a digitalocean.Firewall of the stack lists in `tags`.",
  validateStack: ({ resources }, report) => {
    const firewalls = resources.flatMap((resource) => resource.asType(digitalocean.Firewall) ?? []);
    for (const resource of resources) {
      const droplet = resource.asType(digitalocean.Droplet);
      if (!droplet) continue;
      const tags = new Set((droplet.tags ?? []).map(fold));
      const covered = firewalls.some(
        (firewall) =>
          (firewall.tags ?? []).some((tag) => tags.has(fold(tag))) ||
          (firewall.dropletIds ?? []).some((id) => String(id) === dropletId(resource)),
      );
      if (!covered)
        report(`The droplet "${resource.name}" must be behind a firewall, but none covers it.`, resource.urn);
    }
  },
};

function fold(tag: string): string {
  return tag.toLowerCase();
}

/** The provider's ID is among a resource's outputs, which the SDK's type of a Droplet leaves out. */
function dropletId(resource: PolicyResource): string | undefined {
  const id: unknown = resource.props["id"];
  return typeof id === "string" || typeof id === "number" ? String(id) : undefined;
}
