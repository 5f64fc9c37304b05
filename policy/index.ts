// SPDX-License-Identifier: Apache-2.0
import { PolicyPack } from "@pulumi/policy";

import { authKeyOneOffAndShort } from "./rules/authKeyOneOffAndShort.ts";
import { dropletBehindFirewall } from "./rules/dropletBehindFirewall.ts";
import { firewallNoInbound } from "./rules/firewallNoInbound.ts";
import { inputsNoSecretText } from "./rules/inputsNoSecretText.ts";

new PolicyPack("office-claws", {
  policies: [firewallNoInbound, dropletBehindFirewall, authKeyOneOffAndShort, inputsNoSecretText],
});
