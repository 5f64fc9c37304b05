// SPDX-License-Identifier: Apache-2.0
import { exitCodeOfCheck, type KeyCheck } from "./checkKey.ts";
import { deliverKey } from "./deliverKey.ts";
import type { Effects } from "./effects.ts";
import { ExitCode, failure, UserError } from "./errors.ts";
import { warnOfFormat } from "./keyFormats.ts";
import { withNewVersion, withoutOlderVersions, type KeyTarget } from "./keyEntry.ts";
import { failed, type PushResult } from "./pushKeys.ts";
import { providerPages } from "./providerPages.ts";
import { openSealing, withSealing } from "./sealing.ts";
import type { KnownAgent } from "./stackOutputs.ts";
import type { Stack } from "./stackTypes.ts";
import { addressOf } from "./tailnet.ts";
import { readVault, updateVault, type VaultAccess } from "./vault.ts";
import { versionsOf, type VaultKey } from "./vaultDocument.ts";

/** What {@link rotateKey} works on. */
export interface Rotation {
  readonly target: KeyTarget;
  readonly agent: KnownAgent;
  /** The stack that the agent belongs to. */
  readonly stack: Pick<Stack, "enrolments">;
  readonly access: VaultAccess;
  /** Asks the provider about the new key before anything is saved. @default nobody is asked */
  readonly check?: (key: Pick<VaultKey, "provider" | "value">) => Promise<KeyCheck>;
}

/** How it ended. */
export interface RotationResult extends PushResult {
  readonly provider: string;
  readonly oldVersion: number;
}

/**
 * Replaces a key without a moment in which the agent has none: the new version is saved beside the old one, put, activated, and only
 * then is the old one dropped by the daemon and by the vault.
 *
 * @throws UserError before anything is changed, when vault, key, node or daemon are not ready.
 */
export async function rotateKey(
  { target, agent, stack, access, check }: Rotation,
  effects: Effects,
): Promise<RotationResult> {
  const document = await readVault({ ...access, purpose: "change" });
  const old = versionsOf(document, target.agent, target.name).at(-1);
  if (old === undefined)
    throw new UserError(`the vault has no key "${target.name}" for agent "${target.agent}"`, [
      `store it first: claws keys set ${target.name} --agent ${target.agent}`,
    ]);
  if (agent.broker !== null)
    throw new UserError(`agent "${target.agent}" holds no key: the broker at ${agent.broker} lends it yours`, [
      `store the new key for that broker: claws keys set ${target.name} --agent ${target.agent}`,
    ]);
  const plain = await effects.daemonAt(addressOf(await effects.tailnetStatus(), agent.nodeId, agent.nodeTag));
  const daemon = await withSealing(plain, { name: target.agent, agent, sealing: openSealing(document, stack) });
  // Whether the daemon answers shows before the owner types a key.
  const { seen } = await daemon.status().catch((error: unknown) => {
    throw failure(`agent "${target.agent}" cannot take a key now: ${failed(error).detail}`, "nothing was changed");
  });
  const step = stepper(effects);
  step(
    `${target.agent} answers and uses version ${old.version}; make a new key${whereToMake(old.provider)} and give it here`,
  );
  const value = await effects.readSecret(`new key "${target.name}" of agent "${target.agent}"`);
  if (value.equals(old.value))
    throw new UserError(`the new key "${target.name}" is the same as the old one`, [
      "make a new key at the provider first",
    ]);
  warnOfFormat(value, old.provider, effects.terminal);
  const checked = check === undefined ? undefined : await check({ provider: old.provider, value });
  if (checked !== undefined) refuseUnusable(checked, old.provider);
  step(
    checked === undefined
      ? "nobody asked the provider about the new key: --check does"
      : `the provider was asked: the new key is ${checked.result}`,
  );
  const created = effects.now().toISOString();
  const atLeast = (seen.find(({ name }) => name === target.name)?.highest ?? 0) + 1;
  const entry = { ...target, value, created, atLeast };
  const saved = await updateVault(access, (before) => withNewVersion(before, entry, "newest"));
  const key = versionsOf(saved, target.agent, target.name).at(-1) ?? old;
  const result = {
    agent: target.agent,
    key: key.name,
    provider: key.provider,
    version: key.version,
    oldVersion: old.version,
  };
  step(`saved as version ${key.version} in the vault, beside version ${old.version}`);
  try {
    const onActive = (): void =>
      step(
        `${target.agent} uses version ${key.version} for new requests; those under way end with version ${old.version}`,
      );
    const delivered = await deliverKey(daemon, key, { nodeId: agent.nodeId, mustDropOlder: true, onActive });
    await updateVault(access, (before) => withoutOlderVersions(before, key));
    step(`version ${old.version} is dropped, from the agent's memory and from the vault`);
    return { ...result, ...delivered, detail: "" };
  } catch (error) {
    return { ...result, ...failed(error) };
  }
}

const STEPS = 5;

/** Tells of each step as it is done: where a rotation stopped shows from the last one. */
function stepper({ terminal }: Pick<Effects, "terminal">): (what: string) => void {
  let done = 0;
  return (what) => terminal.notice(`step ${(done += 1)} of ${STEPS}: ${what}`);
}

function whereToMake(provider: string): string {
  const page = providerPages[provider];
  return page === undefined ? " at the provider" : ` at ${page}`;
}

function refuseUnusable(check: KeyCheck, provider: string): void {
  if (exitCodeOfCheck(check) === ExitCode.done) return;
  throw failure(
    `the new key is ${check.result} at the provider (${provider}): ${check.detail}`,
    "nothing was changed; the old key goes on working",
  );
}
