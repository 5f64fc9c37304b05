// SPDX-License-Identifier: Apache-2.0
import type { LocalWorkspaceOptions, Stack as AutomationStack } from "@pulumi/pulumi/automation/index.js";
import { runEngine, type EngineResult } from "./engine.ts";
import { EngineReport } from "./engineReport.ts";
import type { Environment } from "./environment.ts";
import { ExitCode, failure, Interrupted, UserError } from "./errors.ts";
import { parseEnrolments } from "./stackEnrolments.ts";
import { parseStackOutputs } from "./stackOutputs.ts";
import type { ChangeSummary, EngineRun, Stack, StackReference } from "./stackTypes.ts";

type Operation = (stack: AutomationStack, options: object) => Promise<unknown>;

/** Gives the engine's environment; the words are the credentials without which it should not start. */
type EngineEnvironment = (needed?: readonly string[]) => Promise<Environment>;

/** A read starts no provider: all that it needs is to open the state. */
const NEEDED_TO_READ: readonly string[] = ["PULUMI_CONFIG_PASSPHRASE"];

/**
 * A stack of the project. Reads go straight to the engine's program; what changes or plans goes through the Automation API, which
 * takes half a second to load and is loaded only then.
 */
export function openStack(
  { name, root: folder }: StackReference,
  plain: Environment,
  engineEnvironment: EngineEnvironment = () => Promise.resolve(plain),
): Stack {
  const run = async (...words: string[]): Promise<EngineResult> => {
    const environment = await engineEnvironment(NEEDED_TO_READ);
    return await runEngine([...words, "--stack", name, "--non-interactive"], { folder, environment });
  };
  const read = async (...words: string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await run(...words);
    if (code === 0) return JSON.parse(stdout);
    throw new EngineReport().problem("read", stderr);
  };
  const operate = async (
    action: "update" | "preview" | "refresh" | "destroy",
    options: EngineRun,
    operation: Operation,
  ): Promise<ChangeSummary> => {
    const report = new EngineReport();
    const onEvent = (event: object): void => {
      const known = { ...event };
      report.take(known);
      options.onEvent(known);
    };
    try {
      const environment = await engineEnvironment();
      const create = action === "update" || action === "preview";
      const stack = await openAutomationStack({ name, folder, environment }, create, options.signal);
      await operation(stack, { onEvent, color: "never", policyPacks: options.policyPacks ?? [] });
      return report.changes;
    } catch (error) {
      if (options.signal.aborted) throw new Interrupted(`the engine stopped the ${action}`);
      if (error instanceof UserError) throw error;
      const output = error instanceof EngineFailure ? error.output : error instanceof Error ? error.message : "";
      const { withPlaces } = await import("./configurationPlaces.ts");
      throw await withPlaces(report.problem(action, output), folder, name);
    }
  };
  return {
    name,
    root: folder,
    // A failure shows again, and is handled, when an operation loads it.
    prepare: () => void loadAutomation().catch(() => undefined),
    outputs: async () => parseStackOutputs(await read("stack", "output", "--json")),
    enrolments: async () => parseEnrolments(await read("stack", "output", "--json", "--show-secrets")),
    exportState: async () => await read("stack", "export"),
    up: async (options) => await operate("update", options, async (stack, engine) => stack.up(engine)),
    preview: async (options) => await operate("preview", options, async (stack, engine) => stack.preview(engine)),
    refresh: async (options) =>
      await operate("refresh", options, async (stack, { ...engine }) => stack.refresh(engine)),
    previewRefresh: async (options) =>
      await operate("refresh", options, async (stack, { ...engine }) => stack.previewRefresh(engine)),
    destroy: async (options) =>
      await operate("destroy", options, async (stack, { ...engine }) => stack.destroy(engine)),
  };
}

interface AutomationTarget {
  readonly name: string;
  readonly folder: string;
  readonly environment: Environment;
}

async function openAutomationStack(
  { name, folder, environment }: AutomationTarget,
  create: boolean,
  signal: AbortSignal,
): Promise<AutomationStack> {
  const { LocalWorkspace, PulumiCommand, createCommandError } = await loadAutomation();
  const { command, version } = await PulumiCommand.get().catch(async (error: unknown) => {
    // Its own error does not say that there is no such program; this one does.
    await runEngine(["version"], { folder, environment });
    throw error;
  });
  let finished = false;
  const run = async (words: readonly string[], cwd: string, added: Environment): Promise<EngineResult> => {
    // After an update the Automation API asks for outputs and history, half a second each, which nobody here reads.
    if (finished) return { stdout: words[1] === "history" ? "[]" : "{}", stderr: "", code: 0 };
    const options = {
      folder: cwd,
      environment: { ...environment, ...added, PULUMI_AUTOMATION_API: "true" },
      signal,
    };
    const result = await runEngine([...words, "--non-interactive"], options);
    finished = words[0] !== "stack";
    if (result.code === 0) return result;
    // The Automation API tells "no such stack" from other failures by the class of its own error.
    const error = createCommandError(result);
    throw error.name === "StackNotFoundError" ? error : new EngineFailure(result);
  };
  const workspace = { pulumiCommand: { command, version, run } } as LocalWorkspaceOptions;
  const reference = { stackName: name, workDir: folder };
  return await (
    create ? LocalWorkspace.createOrSelectStack(reference, workspace) : LocalWorkspace.selectStack(reference, workspace)
  ).catch((error: unknown) => {
    if (error instanceof Error && error.name === "StackNotFoundError")
      throw new UserError(`there is no stack "${name}"`, ["name it with --stack"], ExitCode.usage);
    throw error;
  });
}

type Automation = typeof import("@pulumi/pulumi/automation/index.js") & {
  /** Exported, but left out of the declarations. */
  readonly createCommandError: (result: EngineResult) => Error;
};

async function loadAutomation(): Promise<Automation> {
  const module = (await import("@pulumi/pulumi/automation/index.js")) as unknown as
    Automation | { readonly default: Automation };
  const automation = "default" in module ? module.default : module;
  if (typeof automation.createCommandError !== "function")
    throw failure("this release of @pulumi/pulumi is not supported", "npm ci");
  return automation;
}

class EngineFailure extends Error {
  public readonly output: string;

  constructor({ stdout, stderr }: EngineResult) {
    super("the engine failed");
    this.output = `${stderr}\n${stdout}`;
  }
}
