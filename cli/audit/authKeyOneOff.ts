// SPDX-License-Identifier: Apache-2.0
import { nameIn } from "../engineEvent.ts";
import { asList, isEncrypted, ResourceType, type StateResource } from "../stackState.ts";
import type { AuditRule } from "./auditRule.ts";

const LONGEST_LIFE_SECONDS = 900;

/** Invariant 3. */
export const authKeyOneOff: AuditRule = {
  id: "auth-key-one-off",
  must: "Every auth key must be one-off, tagged, preauthorized, not ephemeral, live at most 900 s, never be re-created, and be secret in the state.",
  findBreaks: (resources) => resources.filter(({ type }) => type === ResourceType.authKey).flatMap(breaksOf),
};

function breaksOf({ urn, inputs, outputs }: StateResource): readonly string[] {
  const expiry = inputs["expiry"];
  const wrong: readonly (readonly [boolean, string])[] = [
    [inputs["reusable"] === true, "is reusable"],
    [inputs["ephemeral"] === true, "makes ephemeral nodes"],
    [inputs["preauthorized"] !== true, "is not preauthorized"],
    [asList(inputs["tags"]).length === 0, "has no tag"],
    [typeof expiry !== "number" || expiry > LONGEST_LIFE_SECONDS, `lives longer than ${LONGEST_LIFE_SECONDS} s`],
    [inputs["recreateIfInvalid"] !== "never", 'is not set to recreateIfInvalid "never"'],
    [outputs["key"] !== undefined && !isEncrypted(outputs["key"]), "is plain text in the state"],
  ];
  return wrong.filter(([broken]) => broken).map(([, what]) => `auth key ${nameIn(urn)} ${what}`);
}
