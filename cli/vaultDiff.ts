// SPDX-License-Identifier: Apache-2.0
import type { KeyLimits } from "../protocol/keyLimits.ts";
import { termsInWords } from "./keyTerms.ts";
import { idsOf, isSame, keysById, sameCredential, sameOperator, sameVersions } from "./sameEntry.ts";
import type { VaultDocument, VaultKey } from "./vaultDocument.ts";

/** What may be shown of one side of a key. */
interface ShownKey {
  readonly provider: string;
  /** Oldest first. */
  readonly versions: readonly number[];
  readonly created: string;
  readonly notAfter: string | null;
  readonly limits?: KeyLimits;
}

/** A key that is not the same on both sides; a side that does not have it is null. */
export interface KeyDifference {
  readonly agent: string;
  readonly name: string;
  readonly before: ShownKey | null;
  readonly after: ShownKey | null;
  /** Whether the newest values differ, or those of any version that both sides have. */
  readonly valueChanged: boolean;
}

/** How two states of a vault differ: names, versions and dates, never a value. */
export interface VaultDifference {
  readonly recipients: { readonly added: readonly string[]; readonly removed: readonly string[] };
  readonly keys: readonly KeyDifference[];
  readonly credentials: readonly {
    readonly name: string;
    readonly change: "added" | "removed" | "changed";
  }[];
  /** Public halves. */
  readonly operator?: { readonly before: string | null; readonly after: string | null };
}

/** Compares two states of a vault. */
export function diffVaults(before: VaultDocument, after: VaultDocument): VaultDifference {
  const isOperatorSame = isSame(before.operator, after.operator, sameOperator);
  return {
    recipients: {
      added: after.recipients.filter((one) => !before.recipients.includes(one)),
      removed: before.recipients.filter((one) => !after.recipients.includes(one)),
    },
    keys: diffKeys(before, after),
    credentials: diffCredentials(before, after),
    ...(isOperatorSame
      ? {}
      : { operator: { before: before.operator?.publicKey ?? null, after: after.operator?.publicKey ?? null } }),
  };
}

/** The difference for people: a line each, `+` for what came, `-` for what went, `~` for what changed. */
export function renderDifference({ recipients, keys, credentials, operator }: VaultDifference): readonly string[] {
  const marks = { added: "+", removed: "-", changed: "~" };
  return [
    ...recipients.added.map((recipient) => `+ recipient ${recipient}`),
    ...recipients.removed.map((recipient) => `- recipient ${recipient}`),
    ...keys.map(keyLine),
    ...credentials.map(({ name, change }) =>
      [`${marks[change]} credential ${name}`, ...(change === "changed" ? ["value changed"] : [])].join(": "),
    ),
    ...(operator === undefined ? [] : [`~ operator key ${operator.before ?? "none"} -> ${operator.after ?? "none"}`]),
  ];
}

function diffKeys(before: VaultDocument, after: VaultDocument): readonly KeyDifference[] {
  const [old, now] = [keysById(before), keysById(after)];
  return idsOf(old, now).flatMap((id) => {
    const [from, to] = [old.get(id) ?? [], now.get(id) ?? []];
    const any = to[0] ?? from[0];
    if (any === undefined || sameVersions(from, to)) return [];
    const isNewestSame = isSame(from.at(-1)?.value, to.at(-1)?.value, (a, b) => a.equals(b));
    const valueChanged = !isNewestSame || from.some((key) => isOtherUnderItsNumber(key, to));
    return [{ agent: any.agent, name: any.name, before: shownKey(from), after: shownKey(to), valueChanged }];
  });
}

function isOtherUnderItsNumber(key: VaultKey, after: readonly VaultKey[]): boolean {
  return after.some(({ version, value }) => version === key.version && !value.equals(key.value));
}

function diffCredentials(before: VaultDocument, after: VaultDocument): VaultDifference["credentials"] {
  const [old, now] = [before, after].map(
    ({ credentials = [] }) => new Map(credentials.map((one) => [one.name as string, one])),
  );
  if (old === undefined || now === undefined) return [];
  return idsOf(old, now)
    .filter((name) => !isSame(old.get(name), now.get(name), sameCredential))
    .map((name) => ({ name, change: !old.has(name) ? "added" : now.has(name) ? "changed" : "removed" }));
}

function shownKey(versions: readonly VaultKey[]): ShownKey | null {
  const newest = versions.at(-1);
  if (newest === undefined) return null;
  const { provider, created, notAfter, limits } = newest;
  const numbers = versions.map(({ version }) => version);
  return { provider, versions: numbers, created, notAfter, ...(limits === undefined ? {} : { limits }) };
}

function keyLine({ agent, name, before, after, valueChanged }: KeyDifference): string {
  const id = `key ${agent}/${name}`;
  if (before === null || after === null) {
    const [mark, key] = before === null ? ["+", after] : ["-", before];
    return key === null ? id : `${mark} ${id}: ${factsOf(key).join(", ")}`;
  }
  const [old, now] = [factsOf(before), factsOf(after)];
  const changed = now.flatMap((fact, index) => (fact === old[index] ? [] : [`${old[index] ?? ""} -> ${fact}`]));
  // A value that changes under its number breaks the promise that a number names one value: it is never left out.
  return `~ ${id}: ${[...changed, valueChanged ? "value changed" : "same value"].join(", ")}`;
}

function factsOf({ provider, versions, created, notAfter, limits }: ShownKey): readonly string[] {
  const word = versions.length === 1 ? "version" : "versions";
  return [
    `${word} ${versions.join(" and ")}`,
    provider,
    `created ${created.slice(0, 10)}`,
    termsInWords(notAfter, limits),
  ];
}
