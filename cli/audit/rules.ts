// SPDX-License-Identifier: Apache-2.0
import type { AuditRule } from "./auditRule.ts";
import { authKeyOneOff } from "./authKeyOneOff.ts";
import { behindFirewall } from "./behindFirewall.ts";
import { enrolmentSecret } from "./enrolmentSecret.ts";
import { noInbound } from "./noInbound.ts";
import { noSecretText } from "./noSecretText.ts";
import { oneNodePerDroplet } from "./oneNodePerDroplet.ts";
import { userDataSecret } from "./userDataSecret.ts";

/** Every rule that `claws audit` checks. */
export const auditRules: readonly AuditRule[] = [
  noInbound,
  behindFirewall,
  authKeyOneOff,
  userDataSecret,
  enrolmentSecret,
  noSecretText,
  oneNodePerDroplet,
];
