// SPDX-License-Identifier: Apache-2.0
import { PolicyPack } from "@pulumi/policy";

import { authKeyOneOffAndShort } from "./rules/authKeyOneOffAndShort.ts";
import { dropletBehindFirewall } from "./rules/dropletBehindFirewall.ts";
import { dropletUserDataFromAuthKey } from "./rules/dropletUserDataFromAuthKey.ts";
import { firewallNoInbound } from "./rules/firewallNoInbound.ts";
import { inputsNoSecretText } from "./rules/inputsNoSecretText.ts";
import { noPublicEntrance } from "./rules/noPublicEntrance.ts";

new PolicyPack("office-claws", {
  policies: [
    firewallNoInbound,
    dropletBehindFirewall,
    authKeyOneOffAndShort,
    dropletUserDataFromAuthKey,
    inputsNoSecretText,
    noPublicEntrance,
  ],
});
