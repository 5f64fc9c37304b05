// SPDX-License-Identifier: Apache-2.0
import type { Sensitive } from "../protocol/sensitive.ts";
import type { KnownAgents } from "./stackOutputs.ts";

/** Which stack of which project. */
export interface StackReference {
  readonly name: string;
  /** The folder with Pulumi.yaml. */
  readonly root: string;
}

/** One event of the engine, as it comes: kinds that this release does not know are possible. */
export type EngineEvent = Readonly<Record<string, unknown>>;

/** What an operation of the engine is given. */
export interface EngineRun {
  readonly onEvent: (event: EngineEvent) => void;
  /** The user's first Ctrl-C: the engine is asked to stop cleanly. */
  readonly signal: AbortSignal;
  /** Paths of policy packs. */
  readonly policyPacks?: readonly string[];
}

/** Counts of an operation by kind of change: `create`, `update`, `delete`, `same`. */
export type ChangeSummary = Readonly<Record<string, number>>;

/** A stack, as the commands see it. */
export interface Stack {
  readonly name: string;
  /** The folder with Pulumi.yaml. */
  readonly root: string;
  /** Starts to load what the operations need, for use while something else is waited for. */
  prepare(): void;
  /** @throws UserError when the stack does not exist. */
  outputs(): Promise<KnownAgents>;
  /** Agent name to the secret that its droplet proves its signing key with. @throws UserError when the state cannot be decrypted */
  enrolments(): Promise<ReadonlyMap<string, Sensitive>>;
  /** The deployment with secrets still encrypted. */
  exportState(): Promise<unknown>;
  /** Creates the stack when it does not exist. */
  up(run: EngineRun): Promise<ChangeSummary>;
  preview(run: EngineRun): Promise<ChangeSummary>;
  /** Writes into the state what the services say now. */
  refresh(run: EngineRun): Promise<ChangeSummary>;
  /** What refresh would write; changes nothing. */
  previewRefresh(run: EngineRun): Promise<ChangeSummary>;
  destroy(run: EngineRun): Promise<ChangeSummary>;
}
