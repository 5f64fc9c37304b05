// SPDX-License-Identifier: Apache-2.0
import type { PropertyMap } from "./propertyValue.ts";

/** What every call about one resource carries. */
export interface Operation {
  readonly urn: string;
  /** Type token, e.g. `digitalocean:index/droplet:Droplet`. */
  readonly type: string;
  /** Name of the resource in the program. */
  readonly name: string;
  /** True in a preview: nothing may be changed and inputs may be unknown. */
  readonly preview: boolean;
  /** The user's custom time-out for this operation, in seconds; 0 when there is none. */
  readonly timeoutSeconds: number;
  /** Aborted when the engine cancels the run. */
  readonly signal: AbortSignal;
  /** Shows a line beside the resource; it is not kept. Never pass a secret. */
  readonly log: (message: string) => void;
}

/** An input that is refused. */
export interface CheckFailure {
  /** Path of the input; empty for the whole resource. */
  readonly property: string;
  readonly reason: string;
}

/** What happens to one property: `add`, `delete` or `update`, in place or by replacing the resource. */
export interface PropertyChange {
  readonly kind: "add" | "delete" | "update";
  readonly replace: boolean;
}

/** The difference between what is and what is wanted, by property path. No change at all is an empty `changes`. */
export interface Difference {
  readonly changes: ReadonlyMap<string, PropertyChange>;
  /** True when the old resource must go before the new one comes, e.g. because both would have the same name. */
  readonly deleteBeforeReplace: boolean;
}

/** A resource as the engine keeps it. */
export interface ResourceState {
  readonly id: string;
  readonly outputs: PropertyMap;
}

/** What was found when a resource was read. */
export interface ReadState extends ResourceState {
  /** Inputs that would lead to the resource as it is. */
  readonly inputs: PropertyMap;
}

/** Inputs as the program gave them, with those of the last run to take generated names over. */
export interface CheckRequest {
  readonly oldInputs: PropertyMap;
  readonly inputs: PropertyMap;
  /** Random bytes of the engine, the same in the preview and in the update; empty when it sent none. */
  readonly seed: Uint8Array;
}

/** The kept state and the new inputs. */
export interface DiffRequest extends ResourceState {
  readonly oldInputs: PropertyMap;
  readonly inputs: PropertyMap;
  /** Property paths in which changes do not count. */
  readonly ignoreChanges: readonly string[];
}

/** What an engine plugin does. Each call that fails throws; a create or update that got half way throws {@link PartialFailure}. */
export interface ResourceProvider {
  /** Package name, e.g. `digitalocean`. */
  readonly name: string;
  /** Version reported to the engine. */
  readonly version: string;
  /** True to get secrets marked; otherwise the engine reveals them and marks outputs of the same name again. */
  readonly acceptSecrets: boolean;
  configure(config: PropertyMap): void;
  check(operation: Operation, request: CheckRequest): { inputs: PropertyMap; failures: readonly CheckFailure[] };
  diff(operation: Operation, request: DiffRequest): Difference;
  create(operation: Operation, inputs: PropertyMap): Promise<ResourceState>;
  /** Returns undefined when the resource is gone. `inputs` is empty on import. */
  read(operation: Operation, state: ResourceState, inputs: PropertyMap): Promise<ReadState | undefined>;
  update(operation: Operation, request: DiffRequest): Promise<PropertyMap>;
  delete(operation: Operation, state: ResourceState): Promise<void>;
  invoke(token: string, args: PropertyMap): Promise<{ result: PropertyMap; failures: readonly CheckFailure[] }>;
}

/** The resource exists but is not as wanted: the engine keeps it in the state and tries to update it next time. */
export class PartialFailure extends Error {
  readonly id: string;
  readonly outputs: PropertyMap;
  readonly inputs: PropertyMap;

  constructor(message: string, id: string, outputs: PropertyMap, inputs: PropertyMap) {
    super(message);
    this.id = id;
    this.outputs = outputs;
    this.inputs = inputs;
  }
}
