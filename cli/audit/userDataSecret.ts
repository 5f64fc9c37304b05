// SPDX-License-Identifier: Apache-2.0
import { nameIn } from "../engineEvent.ts";
import { isEncrypted, ResourceType } from "../stackState.ts";
import type { AuditRule } from "./auditRule.ts";

/** Invariant 4. What is inside is the program's to prove: here it is encrypted. */
export const userDataSecret: AuditRule = {
  id: "user-data-secret",
  must: "The user-data of every droplet must be a secret in the state.",
  findBreaks: (resources) =>
    resources
      .filter(
        ({ type, inputs }) =>
          type === ResourceType.droplet && inputs["userData"] !== undefined && !isEncrypted(inputs["userData"]),
      )
      .map(({ urn }) => `user-data of droplet ${nameIn(urn)} is plain text in the state`),
};
