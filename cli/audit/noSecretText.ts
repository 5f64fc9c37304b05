// SPDX-License-Identifier: Apache-2.0
import { nameIn } from "../engineEvent.ts";
import { isEncrypted } from "../stackState.ts";
import type { AuditRule } from "./auditRule.ts";

/** What keys look like, by the issuer's own prefixes. Formats drift: a key that none of these knows is found by nothing here. */
const SECRET_TEXT =
  /sk-(?:ant|proj|svcacct|admin|or)-[\w-]{8,}|sk-[A-Za-z0-9]{20,}|AIza[\w-]{35}|gsk_[A-Za-z0-9]{20,}|xai-\w{20,}|hf_[A-Za-z]{20,}|tskey-[a-z]+-\w+-\w+|hskey-[a-z]+-[\w-]{12,}|do[opr]_v1_[0-9a-f]{20,}|pul-[0-9a-f]{40}|AGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]{20,}|-----BEGIN [A-Z ]*PRIVATE KEY/;

/** Invariant 5: no key in any input or output that is not encrypted. */
export const noSecretText: AuditRule = {
  id: "no-secret-text",
  must: "No input or output in the state may hold the text of a key.",
  findBreaks: (resources) =>
    resources.flatMap(({ urn, inputs, outputs }) =>
      [...pathsOf(inputs, "inputs"), ...pathsOf(outputs, "outputs")].map(
        (path) => `${nameIn(urn)}: ${path} looks like a key (not shown)`,
      ),
    ),
};

function pathsOf(value: unknown, path: string): readonly string[] {
  if (typeof value === "string") return SECRET_TEXT.test(value) ? [path] : [];
  if (typeof value !== "object" || value === null || isEncrypted(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => [
    ...(SECRET_TEXT.test(name) ? [`a member name in ${path}`] : []),
    ...pathsOf(member, SECRET_TEXT.test(name) ? path : `${path}.${name}`),
  ]);
}
