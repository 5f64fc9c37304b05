// SPDX-License-Identifier: Apache-2.0
import type { PropertyMap } from "../engine/propertyValue.ts";
import type {
  CheckFailure,
  Difference,
  DiffRequest,
  Operation,
  ResourceProvider,
  ResourceState,
} from "../engine/resourceProvider.ts";
import { checkInputs } from "./checkInputs.ts";
import { diffInputs } from "./diffInputs.ts";
import { inputsOf, planCreate, planUpdate } from "./planOutputs.ts";
import type { ResourceSchema } from "./resourceSchema.ts";

/** One resource type of a bridged provider. `Client` is what it talks to the cloud with. */
export interface BridgedResource<Client> {
  readonly schema: ResourceSchema;
  /** Refuses (throws) what the official provider refuses while planning. Inputs may be unknown. */
  readonly plan?: (inputs: PropertyMap) => void;
  /** Adds to or changes the difference that the schema alone gives. */
  readonly refineDiff?: (difference: Difference, request: DiffRequest) => Difference;
  /** Changes the outputs planned for an update. */
  readonly refinePlan?: (planned: PropertyMap, outputs: PropertyMap, inputs: PropertyMap) => PropertyMap;
  readonly create: (client: Client, inputs: PropertyMap, operation: Operation) => Promise<ResourceState>;
  /** Returns the new outputs, or undefined when the resource is gone. */
  readonly read: (client: Client, state: ResourceState) => Promise<PropertyMap | undefined>;
  /** Returns the new outputs. */
  readonly update: (
    client: Client,
    state: ResourceState,
    inputs: PropertyMap,
    operation: Operation,
  ) => Promise<PropertyMap>;
  readonly delete: (client: Client, state: ResourceState, operation: Operation) => Promise<void>;
}

/** A function that programs call without a resource. */
export interface BridgedFunction<Client> {
  readonly schema: ResourceSchema;
  readonly call: (client: Client, args: PropertyMap) => Promise<PropertyMap>;
}

/** Everything a bridged provider consists of. */
export interface BridgedPackage<Client> {
  readonly name: string;
  readonly version: string;
  /** Makes the client; must not call the cloud. */
  readonly connect: (config: PropertyMap) => Client;
  readonly resources: Readonly<Record<string, BridgedResource<Client>>>;
  readonly functions: Readonly<Record<string, BridgedFunction<Client>>>;
}

/** Returns a provider that treats its resources as the official bridge treats those of a Terraform provider. */
export function bridgedProvider<Client>(bridged: BridgedPackage<Client>): ResourceProvider {
  let connected: Client | undefined;
  const client = (): Client => {
    if (connected === undefined) throw new Error(`provider "${bridged.name}" is not configured`);
    return connected;
  };
  const resource = ({ type }: Operation) => member(bridged.resources, type, "resource type", bridged.name);
  const { name, version } = bridged;

  return {
    name,
    version,
    acceptSecrets: false,
    configure: (config) => {
      connected = bridged.connect(config);
    },
    check: (operation, request) => checkInputs(resource(operation).schema, operation.name, request),
    diff: (operation, request) => diffResource(resource(operation), request),
    create: async (operation, inputs) => {
      const { schema, plan, create } = resource(operation);
      plan?.(inputs);
      if (operation.preview) return { id: "", outputs: planCreate(schema, inputs) };
      return await create(client(), inputs, operation);
    },
    read: async (operation, state, inputs) => {
      const { schema, read } = resource(operation);
      const outputs = await read(client(), state);
      return outputs && { id: state.id, outputs, inputs: inputsOf(schema, outputs, inputs) };
    },
    update: async (operation, { id, outputs, inputs }) => {
      const { schema, plan, refinePlan, update } = resource(operation);
      plan?.(inputs);
      if (!operation.preview) return await update(client(), { id, outputs }, inputs, operation);
      const planned = planUpdate(schema, outputs, inputs);
      return refinePlan?.(planned, outputs, inputs) ?? planned;
    },
    delete: async (operation, state) => {
      await resource(operation).delete(client(), state, operation);
    },
    invoke: async (token, args) => {
      const { schema, call } = member(bridged.functions, token, "function", name);
      const failures: readonly CheckFailure[] = checkArgs(schema, args);
      return { failures, result: failures.length > 0 ? {} : await call(client(), args) };
    },
  };
}

function diffResource<Client>(resource: BridgedResource<Client>, request: DiffRequest): Difference {
  resource.plan?.(request.inputs);
  const difference = diffInputs(resource.schema, request);
  return resource.refineDiff?.(difference, request) ?? difference;
}

function checkArgs(schema: ResourceSchema, args: PropertyMap): readonly CheckFailure[] {
  return checkInputs(schema, "", { oldInputs: {}, inputs: args, seed: new Uint8Array() }).failures;
}

function member<T>(members: Readonly<Record<string, T>>, token: string, kind: string, provider: string): T {
  const found = members[token];
  if (found !== undefined) return found;
  const known = Object.keys(members).join(", ") || "none";
  throw new Error(`cannot handle ${kind} "${token}": the lab's stand-in for provider ${provider} has only: ${known}`);
}
