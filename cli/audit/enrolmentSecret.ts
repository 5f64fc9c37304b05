// SPDX-License-Identifier: Apache-2.0
import { nameIn } from "../engineEvent.ts";
import { isEncrypted, isEnrolmentStep } from "../stackState.ts";
import type { AuditRule } from "./auditRule.ts";

/** With the enrolment secret and the tailnet in hand, somebody could pass off a machine of his own as the droplet. */
export const enrolmentSecret: AuditRule = {
  id: "enrolment-secret",
  must: "Every enrolment secret must be a secret in the state.",
  findBreaks: (resources) =>
    resources
      .filter(({ urn, outputs }) => isEnrolmentStep(urn) && outputs["stdout"] !== undefined)
      .filter(({ outputs }) => !isEncrypted(outputs["stdout"]))
      .map(({ urn }) => `what ${nameIn(urn)} printed is plain text in the state`),
};
