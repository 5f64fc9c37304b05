// SPDX-License-Identifier: Apache-2.0
import type { KeyStatus } from "../protocol/daemonStatus.ts";
import type { Receipt } from "../protocol/receipt.ts";
import { DaemonError, type Daemon } from "./daemonClient.ts";
import type { Effects } from "./effects.ts";
import { failure, UserError } from "./errors.ts";
import type { KeyTarget } from "./keyEntry.ts";
import { failed } from "./pushKeys.ts";
import { revocationNotice } from "./rotationReport.ts";
import type { KnownAgent } from "./stackOutputs.ts";
import { addressOf } from "./tailnet.ts";
import type { Terminal } from "./terminal.ts";

/** A key that an agent may hold, and the way to it. */
export interface HeldKey {
  readonly target: KeyTarget;
  readonly daemon: Daemon;
  readonly nodeId: string;
  /** As the daemon shows it; undefined when it holds none of that name or does not tell. */
  readonly status: KeyStatus | undefined;
}

/** What to revoke, and how. */
export interface RevokeOptions {
  /** Undefined: every version. */
  readonly version: number | undefined;
  /** Requests under way are aborted. */
  readonly now: boolean;
}

/** A revocation that the daemon has confirmed. */
export interface Revocation {
  readonly target: KeyTarget;
  readonly options: RevokeOptions;
  readonly provider: string;
  readonly receipt: Receipt;
}

/** Looks at the key before it is changed. @throws UserError when the agent cannot be reached or holds no keys by design */
export async function openHeldKey(
  { target, agent }: { readonly target: KeyTarget; readonly agent: KnownAgent },
  effects: Pick<Effects, "daemonAt" | "tailnetStatus">,
): Promise<HeldKey> {
  if (agent.broker !== null)
    throw new UserError(`agent "${target.agent}" holds no key: the broker at ${agent.broker} lends it yours`, [
      "stop that broker, or take the key out of its vault",
    ]);
  const daemon = await effects.daemonAt(addressOf(await effects.tailnetStatus(), agent.nodeId, agent.nodeTag));
  const status = await daemon.status().catch((error: unknown) => {
    // Whoever may revoke need not be allowed to look.
    if (error instanceof DaemonError && error.code === "access-denied") return undefined;
    throw explained(error, target);
  });
  return { target, daemon, nodeId: agent.nodeId, status: status?.keys.find(({ name }) => name === target.name) };
}

/** Makes the agent drop the key. @throws UserError in which it says why it did not */
export async function revokeKey(held: HeldKey, options: RevokeOptions): Promise<Revocation> {
  const { target, daemon, status } = held;
  const receipt = await daemon
    .revoke(target.name, options.version, options.now ? true : undefined)
    .catch((error: unknown) => {
      throw explained(error, target);
    });
  return { target, options, provider: status?.provider ?? target.name, receipt: sameNode(held, receipt) };
}

/** Makes the agent use a version that it holds. @throws UserError in which it says why it does not */
export async function activateKey(held: HeldKey, version: number): Promise<Receipt> {
  const { target, daemon } = held;
  const receipt = await daemon.activate(target.name, version).catch((error: unknown) => {
    throw explained(error, target);
  });
  return sameNode(held, receipt);
}

/** Prints what was revoked and what was not. */
export function reportRevocation(
  { target, options, provider, receipt }: Revocation,
  terminal: Terminal,
  json: boolean,
): void {
  const what = options.version === undefined ? "every version" : `version ${options.version}`;
  const under = options.now ? "requests under way were aborted" : "requests under way may finish";
  if (json) terminal.print(JSON.stringify({ agent: target.agent, provider, ...receipt }));
  else terminal.print(`${target.agent} dropped ${target.name}, ${what}; ${under}`);
  terminal.notice(`this is no revocation at the provider, which still takes the key; ${revocationNotice(provider)}`);
}

function sameNode({ nodeId }: HeldKey, receipt: Receipt): Receipt {
  if (receipt.nodeId === nodeId) return receipt;
  throw failure(`another node answered: ${receipt.nodeId} instead of ${nodeId}`, "claws status");
}

function explained(error: unknown, { name, agent }: KeyTarget): unknown {
  if (!(error instanceof DaemonError)) return error;
  const again = error.mayHaveActed ? ["it may have been done all the same: claws status"] : [];
  return failure(
    `agent "${agent}", key "${name}": ${failed(error).detail}`,
    ...hintsFor(error.code, name, agent),
    ...again,
  );
}

function hintsFor(code: string, name: string, agent: string): readonly string[] {
  switch (code) {
    case "active-version":
      return [
        `use another version first: claws keys activate ${name} --agent ${agent} --version N`,
        "or leave --version out to drop the whole key",
      ];
    case "unknown-key":
    case "unknown-version":
      return ["claws status shows what the agent holds"];
    default:
      return [];
  }
}
