// SPDX-License-Identifier: Apache-2.0
import { type ResourceValidationPolicy, validateResourceOfType } from "@pulumi/policy";
import * as tailscale from "@pulumi/tailscale";

const longestSeconds = 900;

/** User-data can be read on the droplet for its whole life, so the key in it must be worthless after the first boot. */
export const authKeyOneOffAndShort: ResourceValidationPolicy = {
  name: "auth-key-one-off-and-short",
  description: "Checks that Tailscale auth keys are one-off, tagged, lasting nodes' keys that expire in 900 s.",
  enforcementLevel: "mandatory",
  severity: "critical",
  remediationSteps:
    'Set reusable: false, ephemeral: false, preauthorized: true, tags, expiry: 900 or less and recreateIfInvalid: "never" on the key.',
  validateResource: validateResourceOfType(tailscale.TailnetKey, (key, _args, report) => {
    if (key.reusable === true) report("The auth key must be one-off, but it is reusable.");
    if (key.ephemeral === true) {
      report("The auth key must make a lasting node, but it is ephemeral: an offline droplet would be lost.");
    }
    // Without it the node waits for somebody's approval with a key that is spent.
    if (key.preauthorized !== true) report("The auth key must be preauthorized, but it is not.");
    if ((key.tags ?? []).length === 0) {
      report("The auth key must carry a tag, but it has none: its node would act as the key's owner.");
    }
    // The provider's default is 90 days.
    if (key.expiry === undefined) report("The auth key must expire within 900 seconds, but no expiry is set.");
    else if (key.expiry > longestSeconds || key.expiry <= 0) {
      report(`The auth key must expire within 900 seconds, but it lives ${key.expiry}.`);
    }
    if (key.recreateIfInvalid !== "never") {
      report('The auth key must set recreateIfInvalid to "never": else each refresh replaces the key and its droplet.');
    }
  }),
};
