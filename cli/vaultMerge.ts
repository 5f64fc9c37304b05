// SPDX-License-Identifier: Apache-2.0
import { refuseBothKinds, type Credential } from "./credentials.ts";
import { UserError } from "./errors.ts";
import type { OperatorKey } from "./operatorKey.ts";
import { rivalsAmong } from "./rivalKeys.ts";
import { idsOf, isSame, keysById, sameCredential, sameKey, sameOperator, sameVersions } from "./sameEntry.ts";
import type { VaultDocument, VaultKey } from "./vaultDocument.ts";

/** Three states of one vault; without a base both sides made theirs from nothing. */
export interface Sides {
  readonly base: VaultDocument | undefined;
  readonly ours: VaultDocument;
  readonly theirs: VaultDocument;
  /** Both were made by readers of the base, so nothing has to show it. @default false */
  readonly byReaders?: boolean;
}

/** What both sides together make, or why they cannot: names, never values. */
export interface Merged {
  readonly document: VaultDocument;
  readonly conflicts: readonly string[];
  /** Recipients that ours did not have, for a notice: from now on they can read everything. */
  readonly newRecipients: readonly string[];
}

const NOTHING: VaultDocument = { recipients: [], keys: [] };

/** Merges key by key: what only one side changed is taken, what both changed in the same way is taken once, the rest is a conflict. */
export function mergeVaults({ base = NOTHING, ours, theirs, byReaders = false }: Sides): Merged {
  const keys = mergeKeys({ base, ours, theirs });
  const credentials = mergeCredentials({ base, ours, theirs });
  const operator = pick<OperatorKey>(base.operator, ours.operator, theirs.operator, sameOperator);
  const recipients = mergeRecipients({ base, ours, theirs });
  const document: VaultDocument = {
    recipients,
    keys: keys.taken,
    ...(credentials.taken.length === 0 ? {} : { credentials: credentials.taken }),
    ...(operator === "conflict" || operator === undefined ? {} : { operator }),
    ...newestRevision(ours, theirs),
  };
  const conflicts = [
    ...keys.conflicts,
    ...credentials.conflicts,
    ...(operator === "conflict" ? ["the operator key: each side has another"] : []),
    ...(byReaders ? [] : conflictsOfWriters({ base, ours, theirs })),
    ...conflictsOfAge(base.revision ?? 0, [ours, theirs]),
    ...conflictsOfRecipients({ base, ours, theirs }, recipients),
  ];
  const newRecipients = recipients.filter((recipient) => !ours.recipients.includes(recipient));
  return { document, conflicts: [...conflicts, ...conflictsWithin(document)], newRecipients };
}

function newestRevision({ revision: mine = 0 }: VaultDocument, { revision: other = 0 }: VaultDocument): object {
  const revision = Math.max(mine, other);
  return revision === 0 ? {} : { revision };
}

interface Taken<T> {
  readonly taken: readonly T[];
  readonly conflicts: readonly string[];
}

type AllSides = Sides & { readonly base: VaultDocument };

/** The side that changed it; a conflict when both did, differently. */
function pick<T>(
  base: T | undefined,
  ours: T | undefined,
  theirs: T | undefined,
  same: (a: T, b: T) => boolean,
): T | undefined | "conflict" {
  if (isSame(ours, theirs, same) || isSame(theirs, base, same)) return ours;
  return isSame(ours, base, same) ? theirs : "conflict";
}

function mergeKeys({ base, ours, theirs }: AllSides): Taken<VaultKey> {
  const [before, mine, others] = [keysById(base), keysById(ours), keysById(theirs)];
  const taken: VaultKey[] = [];
  const conflicts: string[] = [];
  for (const id of idsOf(before, mine, others)) {
    const [b, o, t] = [before.get(id) ?? [], mine.get(id) ?? [], others.get(id) ?? []];
    const picked = pick(b, o, t, sameVersions);
    const versions = picked === "conflict" ? mergeVersions(b, o, t) : (picked ?? []);
    if (typeof versions === "string") conflicts.push(`key ${id}: ${versions}`);
    else taken.push(...versions);
  }
  return { taken, conflicts };
}

/**
 * Both sides changed the versions of one key. That goes together when one of them only dropped old ones, as the end of a rotation does.
 *
 * @returns the versions, or what stands against it
 */
function mergeVersions(
  base: readonly VaultKey[],
  ours: readonly VaultKey[],
  theirs: readonly VaultKey[],
): readonly VaultKey[] | string {
  if (ours.length === 0 || theirs.length === 0) return "one side removed it, the other changed it";
  const differing = ours.find((key) => theirs.some((other) => other.version === key.version && !sameKey(key, other)));
  if (differing !== undefined) return `version ${differing.version} is not the same on both sides`;
  const has = (side: readonly VaultKey[], key: VaultKey): boolean => side.some((other) => sameKey(other, key));
  const added = ours.filter((key) => !has(base, key));
  const alsoAdded = theirs.filter((key) => !has(base, key));
  if (added.length > 0 && alsoAdded.length > 0) {
    const versions = new Set([...added, ...alsoAdded].map(({ version }) => version));
    return `both sides stored a new version (${[...versions].join(" and ")})`;
  }
  return [...base.filter((key) => has(ours, key) && has(theirs, key)), ...added, ...alsoAdded];
}

function mergeCredentials(sides: AllSides): Taken<Credential> {
  const [before, mine, others] = [sides.base, sides.ours, sides.theirs].map(
    ({ credentials = [] }) => new Map(credentials.map((credential) => [credential.name as string, credential])),
  ) as [Map<string, Credential>, Map<string, Credential>, Map<string, Credential>];
  const picked = idsOf(before, mine, others).map((name) => ({
    name,
    credential: pick(before.get(name), mine.get(name), others.get(name), sameCredential),
  }));
  return {
    taken: picked.flatMap(({ credential }) =>
      credential === "conflict" || credential === undefined ? [] : [credential],
    ),
    conflicts: picked
      .filter(({ credential }) => credential === "conflict")
      .map(({ name }) => `credential ${name}: each side changed it in another way`),
  };
}

/** Who is in all three, and whom either side added: a removal wins over having been there. */
function mergeRecipients({ base, ours, theirs }: AllSides): readonly string[] {
  const stayed = ours.recipients.filter((one) => base.recipients.includes(one) && theirs.recipients.includes(one));
  const added = [...ours.recipients, ...theirs.recipients].filter((one) => !base.recipients.includes(one));
  return [...new Set([...stayed, ...added])];
}

/**
 * age does not say who made a file: whoever knows the recipients can write a vault with one recipient more, and a merge would encrypt
 * our keys for it; or one with credentials of theirs, and our droplets would stand in their cloud. So a side that adds recipients must
 * hold the base's operator key, which only a reader of the base can, and a side that changes anything must hold that or one of its keys.
 */
function conflictsOfWriters({ base, ours, theirs }: AllSides): readonly string[] {
  const before = base === NOTHING ? ours : base;
  const isReader = ({ operator }: VaultDocument): boolean =>
    operator !== undefined && isSame(before.operator, operator, sameOperator);
  const hasKey = ({ keys }: VaultDocument): boolean => keys.some((key) => before.keys.some((old) => sameKey(old, key)));
  const adds = (side: VaultDocument): boolean => side.recipients.some((one) => !base.recipients.includes(one));
  const hasWitness = before.operator !== undefined || before.keys.length > 0;
  const sides = [ours, theirs].filter((side) => !isReader(side));
  if (sides.some(adds))
    return ["recipients: a side adds some, and nothing shows that its writer could read the vault before"];
  return hasWitness && sides.some((side) => !hasKey(side))
    ? ["one side holds neither the operator key nor any key from before: nothing shows that its writer could read them"]
    : [];
}

/** Every save counts up, so what was made from the base is no older: a side that is was taken out of the history by somebody who need not be able to read it. */
function conflictsOfAge(base: number, sides: readonly VaultDocument[]): readonly string[] {
  const older = sides.map(({ revision = 0 }) => revision).filter((revision) => revision < base);
  return older.map(
    (revision) =>
      `one side is an older state of the vault, revision ${revision} after ${base}: somebody has put it back`,
  );
}

function conflictsOfRecipients({ ours }: AllSides, merged: readonly string[]): readonly string[] {
  return merged.length === 0 && ours.recipients.length > 0 ? ["recipients: none would be left"] : [];
}

/** What each side may have, but both together may not. */
function conflictsWithin(document: VaultDocument): readonly string[] {
  const rivals = rivalsAmong(document.keys).map(
    ({ agent, provider, names }) => `agent ${agent}: keys ${names.join(" and ")} are both for provider ${provider}`,
  );
  return [...rivals, ...messageOf(() => refuseBothKinds(document.credentials ?? []))];
}

function messageOf(check: () => void): readonly string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof UserError) return [error.message];
    throw error;
  }
}
