// SPDX-License-Identifier: Apache-2.0
import { checkInputs, DEFAULTS } from "../bridge/checkInputs.ts";
import {
  containsSecret,
  containsUnknown,
  isAbsent,
  isList,
  isMap,
  isSame,
  type PropertyMap,
  type PropertyValue,
  revealSecrets,
  secret,
  UNKNOWN,
} from "../engine/propertyValue.ts";
import type { CheckFailure, CheckRequest, Difference, DiffRequest, Operation } from "../engine/resourceProvider.ts";
import type { PropertyChange, ResourceProvider } from "../engine/resourceProvider.ts";
import { createCommand, deleteCommand, LOCAL_COMMAND_SCHEMA, newId, updateCommand } from "./localCommand.ts";

const TYPE = "command:local:Command";

/** The stand-in for the command provider: local commands only. Its version is that of the SDK in package.json. */
export const commandProvider: ResourceProvider = {
  name: "command",
  version: "1.2.1",
  acceptSecrets: true,
  configure: () => undefined,
  check(operation, request) {
    refuseOtherTypes(operation);
    return checkCommand(operation, request);
  },
  diff(operation, request) {
    refuseOtherTypes(operation);
    return diffCommand(request);
  },
  async create(operation, inputs) {
    refuseOtherTypes(operation);
    if (operation.preview) return { id: newId(operation.name), outputs: planned(inputs) };
    const { id, outputs } = await createCommand(operation, revealSecrets(inputs));
    return { id, outputs: asSecretAs(inputs, outputs) };
  },
  read: (operation, { id, outputs }, inputs) => {
    refuseOtherTypes(operation);
    // A command leaves nothing that could be looked at.
    return Promise.resolve({ id, outputs, inputs });
  },
  async update(operation, { outputs, inputs }) {
    refuseOtherTypes(operation);
    if (operation.preview) return planned(inputs);
    const updated = await updateCommand(operation, revealSecrets(outputs), revealSecrets(inputs));
    return asSecretAs(inputs, updated);
  },
  async delete(operation, { outputs }) {
    refuseOtherTypes(operation);
    await deleteCommand(operation, revealSecrets(outputs));
  },
  invoke: (token) => {
    throw new Error(`cannot call function "${token}": the lab's stand-in for provider command has none`);
  },
};

function checkCommand({ name }: Operation, { inputs, ...rest }: CheckRequest) {
  const { triggers, environment, assetPaths, archivePaths, ...others } = inputs;
  const shown = checkInputs(LOCAL_COMMAND_SCHEMA, name, { ...rest, inputs: revealSecrets(others) });
  const failures: CheckFailure[] = [...shown.failures];
  const refuse = (property: string, reason: string) => failures.push({ property, reason });
  if (!isAbsent(assetPaths)) refuse("assetPaths", "the lab's stand-in provider collects no files");
  if (!isAbsent(archivePaths)) refuse("archivePaths", "the lab's stand-in provider collects no files");
  if (!isAbsent(triggers) && !isList(revealSecrets(triggers)) && !containsUnknown(triggers))
    refuse("triggers", "expected a list");
  const reason = environmentRefusal(revealSecrets(environment));
  if (reason !== undefined) refuse("environment", reason);
  const checked = { addPreviousOutputInEnv: shown.inputs["addPreviousOutputInEnv"], ...others, triggers, environment };
  return { inputs: withoutNull(checked), failures };
}

function environmentRefusal(environment: PropertyValue | undefined): string | undefined {
  if (isAbsent(environment) || containsUnknown(environment)) return undefined;
  if (!isMap(environment)) return "expected an object";
  const wrong = Object.keys(environment).filter((name) => typeof environment[name] !== "string");
  return wrong.length === 0 ? undefined : `expected texts only, which these are not: ${wrong.join(", ")}`;
}

function diffCommand(request: DiffRequest): Difference {
  // Older engines send no old inputs; the outputs hold them, too.
  const kept = Object.keys(request.oldInputs).length > 0 ? request.oldInputs : request.outputs;
  const [olds, news] = [revealSecrets(kept), revealSecrets(request.inputs)];
  const changes = new Map<string, PropertyChange>();
  for (const name of new Set([...Object.keys(olds), ...Object.keys(news)])) {
    const isInput = name !== "stdout" && name !== "stderr" && name !== DEFAULTS;
    if (!isInput || isSame(olds[name], news[name])) continue;
    if (name === "triggers") addTriggerChanges(changes, olds[name], news[name]);
    else changes.set(name, { kind: kindOf(olds[name], news[name]), replace: false });
  }
  const isIgnored = (path: string) =>
    request.ignoreChanges.some((ignored) => path.split("[")[0] === ignored.split("[")[0]);
  return { changes: new Map([...changes].filter(([path]) => !isIgnored(path))), deleteBeforeReplace: false };
}

function addTriggerChanges(
  changes: Map<string, PropertyChange>,
  old: PropertyValue | undefined,
  wanted: PropertyValue | undefined,
): void {
  if (!isList(old) || !isList(wanted)) {
    changes.set("triggers", { kind: kindOf(old, wanted), replace: true });
    return;
  }
  for (let index = 0; index < Math.max(old.length, wanted.length); index++) {
    if (isSame(old[index], wanted[index])) continue;
    changes.set(`triggers[${String(index)}]`, { kind: kindOf(old[index], wanted[index]), replace: true });
  }
}

function kindOf(old: PropertyValue | undefined, wanted: PropertyValue | undefined): PropertyChange["kind"] {
  if (isAbsent(old)) return "add";
  return isAbsent(wanted) ? "delete" : "update";
}

/** Nothing runs in a preview, so nobody knows what a command will write. */
function planned(inputs: PropertyMap): PropertyMap {
  return asSecretAs(inputs, { ...revealSecrets(inputs), stdout: UNKNOWN, stderr: UNKNOWN });
}

/** Every output may show every input, so one secret input makes all outputs secret. */
function asSecretAs(inputs: PropertyMap, outputs: PropertyMap): PropertyMap {
  if (!containsSecret(inputs)) return outputs;
  const marked = Object.entries(withoutNull(outputs)).map(([name, value]) => [name, secret(value ?? null)] as const);
  return Object.fromEntries(marked);
}

function withoutNull(properties: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => !isAbsent(value)));
}

function refuseOtherTypes({ type }: Operation): void {
  if (type === TYPE) return;
  throw new Error(`cannot handle resource type "${type}": the lab's stand-in for provider command has only: ${TYPE}`);
}
