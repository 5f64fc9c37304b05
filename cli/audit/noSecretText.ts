// SPDX-License-Identifier: Apache-2.0
import { nameIn } from "../engineEvent.ts";
import { isEncrypted } from "../stackState.ts";
import type { AuditRule } from "./auditRule.ts";

/** What keys look like, by the issuer's own prefixes. Formats drift: a key that none of these knows is found by nothing here. */
const SECRET_TEXT = new RegExp(
  [
    /sk-(?:ant|proj|svcacct|service|admin|or)-[\w-]{8,}|sk-[A-Za-z0-9]{20,}/,
    // Google: the older kind, and the newer one, whose two letters and dot are too short to stand inside of a word.
    /AIza[\w-]{35}|(?<![\w.-])AQ\.[\w-]{20,}/,
    /gsk_[A-Za-z0-9]{20,}|xai-\w{20,}|pplx-[A-Za-z0-9]{40,}|(?:hf|api_org)_[A-Za-z]{20,}|(?<![A-Za-z0-9])r8_[\w-]{37}/,
    /(?<![A-Za-z0-9])sk_[0-9a-f]{48}|nvapi-[\w-]{60,}|lsv2_(?:pt|sk)_[0-9a-f]{32}|tgp_v1_[\w-]{20,}|(?<![A-Za-z0-9])csk-[a-z0-9]{40,}/,
    /tskey-[a-z]+-\w+-\w+|hskey-[a-z]+-[\w-]{12,}|do[opr]_v1_[0-9a-f]{20,}|pul-[0-9a-f]{40}/,
    /gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{50,}|xox[a-z]-[\w-]{10,}|xapp-\d-[\w-]{10,}|(?<![A-Z0-9])A(?:KIA|SIA)[A-Z0-9]{16}/,
    /AGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]{20,}|-----BEGIN [A-Z ]*PRIVATE KEY/,
  ]
    .map(({ source }) => source)
    .join("|"),
);

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
