// SPDX-License-Identifier: Apache-2.0
// Calls a rule as the policy runtime does, without starting a pack (which would start a server).
import type {
  PolicyResource,
  ResourceValidationArgs,
  ResourceValidationPolicy,
  StackValidationArgs,
  StackValidationPolicy,
} from "@pulumi/policy";
import { unknownCheckingProxy } from "@pulumi/policy";

/** What the runtime throws when a rule says that it does not concern a resource. */
class NotApplicable extends Error {}

export interface TestResource {
  readonly type: string;
  readonly name?: string;
  readonly props: Record<string, unknown>;
  /** Types of the resources that each property comes from. */
  readonly origins?: Readonly<Record<string, readonly string[]>>;
}

/** Messages that a resource rule reports for one resource. */
export async function reportsOf(
  rule: ResourceValidationPolicy,
  { type, name = "r", props }: TestResource,
): Promise<string[]> {
  const messages: string[] = [];
  const args = {
    type,
    name,
    urn: urnOf(type, name),
    props: (unknownCheckingProxy as (known: object) => object)(props),
    opts: { protect: false, ignoreChanges: [], aliases: [], additionalSecretOutputs: [], customTimeouts: {} },
    isType: (cls: { __pulumiType?: string }) => cls.__pulumiType === type,
    asType: (cls: { __pulumiType?: string }) => (cls.__pulumiType === type ? props : undefined),
    getConfig: () => ({}),
    notApplicable: () => {
      throw new NotApplicable();
    },
  } as unknown as ResourceValidationArgs;
  const validate = rule.validateResource;
  if (typeof validate !== "function") throw new Error(`rule ${rule.name} has no single validation function`);
  try {
    await validate(args, (message) => messages.push(message));
  } catch (error) {
    if (!(error instanceof NotApplicable)) throw Object.assign(new Error("rule threw", { cause: error }), { messages });
  }
  return messages;
}

/** Messages that a stack rule reports, with the URN each one blames. */
export async function stackReportsOf(
  rule: StackValidationPolicy,
  resources: readonly TestResource[],
): Promise<{ message: string; urn: string | undefined }[]> {
  const reports: { message: string; urn: string | undefined }[] = [];
  const isType = (type: string) => (cls: { __pulumiType?: string }) => cls.__pulumiType === type;
  const policyResources = resources.map(({ type, name = "r", props, origins = {} }) => ({
    type,
    name,
    urn: urnOf(type, name),
    props,
    dependencies: [],
    propertyDependencies: Object.fromEntries(
      Object.entries(origins).map(([property, types]) => [property, types.map((one) => ({ isType: isType(one) }))]),
    ),
    isType: isType(type),
    asType: (cls: { __pulumiType?: string }) => (cls.__pulumiType === type ? props : undefined),
  })) as unknown as PolicyResource[];
  const args = { resources: policyResources, getConfig: () => ({}) } as unknown as StackValidationArgs;
  await rule.validateStack(args, (message, urn) => reports.push({ message, urn }));
  return reports;
}

export function urnOf(type: string, name: string): string {
  return `urn:pulumi:test::office-claws::${type}::${name}`;
}
