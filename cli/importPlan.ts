// SPDX-License-Identifier: Apache-2.0
import { isKeyValue } from "../protocol/keyValue.ts";
import { withCredential } from "./credentialEntry.ts";
import { isCredentialValue, type CredentialName } from "./credentials.ts";
import { UserError } from "./errors.ts";
import type { Variable } from "./importText.ts";
import { withNewVersion } from "./keyEntry.ts";
import type { TargetTable } from "./variableTargets.ts";
import { currentKeys, type VaultDocument } from "./vaultDocument.ts";

/** What happens to one variable; it holds no value. */
export interface ImportStep {
  readonly variable: string;
  /** `a1/anthropic`, or the credential's name; null for one that is left out. */
  readonly becomes: string | null;
  readonly action: "new" | "replaced" | "unchanged" | "ignored";
  /** The version of a key. */
  readonly version?: number;
}

/** How the variables are taken. */
export interface ImportChoices {
  readonly targets: TargetTable;
  /** Whose the keys are. */
  readonly agent?: string;
  readonly ignoreOthers: boolean;
  /** RFC 3339. */
  readonly now: string;
}

/** The document after the import, and how it came to it. */
export interface ImportPlan {
  readonly document: VaultDocument;
  readonly steps: readonly ImportStep[];
}

/**
 * Works out an import. Nothing is taken when anything is wrong.
 *
 * @throws UserError that names every variable that cannot be taken, and no value
 */
export function planImport(
  document: VaultDocument,
  variables: readonly Variable[],
  choices: ImportChoices,
): ImportPlan {
  refuseUnknown(variables, choices);
  refuseDefects(variables, choices);
  refuseRivals(variables, choices.targets);
  return variables.reduce<ImportPlan>((plan, variable) => withStep(plan, variable, choices), { document, steps: [] });
}

function withStep({ document, steps }: ImportPlan, variable: Variable, choices: ImportChoices): ImportPlan {
  const target = choices.targets.get(variable.name);
  const step =
    target === undefined
      ? { document, action: "ignored" as const, becomes: null }
      : "credential" in target
        ? takeCredential(document, target.credential, variable, choices.now)
        : takeKey(document, target.provider, variable, choices);
  const { document: after, ...outcome } = step;
  const name = target === undefined ? shownName(variable.name) : variable.name;
  return { document: after, steps: [...steps, { variable: name, ...outcome }] };
}

type Outcome = Omit<ImportStep, "variable"> & { readonly document: VaultDocument };

function takeCredential(document: VaultDocument, name: CredentialName, { value }: Variable, updated: string): Outcome {
  const before = document.credentials?.find((one) => one.name === name);
  if (before?.value.equals(value) === true) return { document, becomes: name, action: "unchanged" };
  const after = withCredential(document, { name, value, updated });
  return { document: after, becomes: name, action: before === undefined ? "new" : "replaced" };
}

function takeKey(document: VaultDocument, provider: string, { value }: Variable, choices: ImportChoices): Outcome {
  const { agent = "", now: created } = choices;
  const before = currentKeys(document).find((key) => key.agent === agent && key.provider === provider);
  // An agent has one key a provider, whatever its name.
  const name = before?.name ?? provider;
  const becomes = `${agent}/${name}`;
  if (before?.value.equals(value) === true) return { document, becomes, action: "unchanged", version: before.version };
  const after = withNewVersion(document, { name, agent, provider, value, created }, "none");
  const version = (before?.version ?? 0) + 1;
  return { document: after, becomes, action: before === undefined ? "new" : "replaced", version };
}

function refuseUnknown(variables: readonly Variable[], { targets, ignoreOthers, agent }: ImportChoices): void {
  const known = variables.filter(({ name }) => targets.has(name));
  const others = variables.filter(({ name }) => !targets.has(name)).map(({ name }) => shownName(name));
  if (others.length > 0 && !ignoreOthers)
    throw new UserError(`nothing was imported: no place is known for ${others.join(", ")}`, [
      "leave them out with --ignore-others, or say what they are: --map VARIABLE=PROVIDER",
    ]);
  if (known.length === 0) throw new UserError("nothing to import: no place is known for any of its variables");
  const key = known.find(({ name }) => isKey(targets, name));
  if (key !== undefined && agent === undefined)
    throw new UserError(`whose key is ${key.name}?`, ["name the agent with --agent"]);
}

function refuseDefects(variables: readonly Variable[], { targets }: ImportChoices): void {
  const defects = variables
    .filter(({ name }) => targets.has(name))
    .flatMap((variable) => {
      const defect = defectOf(variable, isKey(targets, variable.name));
      return defect === undefined ? [] : [`${variable.name}: ${defect}`];
    });
  if (defects.length > 0) throw new UserError("nothing was imported: some values cannot be taken", defects);
}

function defectOf({ value, defect }: Variable, isForKey: boolean): string | undefined {
  if (defect !== undefined) return defect;
  if (value.byteLength === 0) return "it is empty";
  if (isForKey && !isKeyValue(value)) return "a key must be 1 to 4096 printable ASCII characters without spaces";
  return isForKey || isCredentialValue(value) ? undefined : "it must be 1 to 4096 bytes of text on one line";
}

/** Two variables for one place would make the outcome depend on their order. */
function refuseRivals(variables: readonly Variable[], targets: TargetTable): void {
  const taken = new Map<string, Variable>();
  for (const variable of variables) {
    const target = targets.get(variable.name);
    if (target === undefined) continue;
    const place = JSON.stringify(target);
    const rival = taken.get(place);
    if (rival?.value.equals(variable.value) === false)
      throw new UserError(
        `nothing was imported: ${rival.name} and ${variable.name} are for the same place and differ`,
        ["take one of them out of the text"],
      );
    taken.set(place, variable);
  }
}

function isKey(targets: TargetTable, name: string): boolean {
  return "provider" in (targets.get(name) ?? {});
}

/** A name from JSON may be anything at all, and a line that is nothing but a secret in base64 ends as `name=` does. */
function shownName(name: string): string {
  const isName = /^(?:[A-Z_][A-Z0-9_]{0,63}|[A-Za-z_][A-Za-z_.-]{0,39}|[A-Za-z_][\w.-]{0,11})$/.test(name);
  return isName && !/^(?:sk|gsk|xai|pplx|key|api|ag)[-_]/.test(name) ? name : "(a name that is not shown)";
}
