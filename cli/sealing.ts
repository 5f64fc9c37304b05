// SPDX-License-Identifier: Apache-2.0
import type { Receipt } from "../protocol/receipt.ts";
import type { PutRequest } from "../protocol/keyRequests.ts";
import type { Sensitive } from "../protocol/sensitive.ts";
import { DaemonError, type Daemon } from "./daemonClient.ts";
import { UserError } from "./errors.ts";
import type { OperatorKey } from "./operatorKey.ts";
import { checkSeal, sealPut, type ExpectedDroplet } from "./sealedPut.ts";
import type { KnownAgent, KnownAgents } from "./stackOutputs.ts";
import type { Stack } from "./stackTypes.ts";
import type { Terminal } from "./terminal.ts";
import type { VaultDocument } from "./vaultDocument.ts";

/** What keys are sealed with. */
export interface Sealing {
  /** The vault's; undefined when it has none. */
  readonly operator: OperatorKey | undefined;
  /** The enrolment secrets of the stack, read when the first agent needs one. */
  readonly enrolments: () => Promise<ReadonlyMap<string, Sensitive>>;
}

/** Seals with the vault's key for agents of this stack. */
export function openSealing({ operator }: Pick<VaultDocument, "operator">, stack: Pick<Stack, "enrolments">): Sealing {
  let read: Promise<ReadonlyMap<string, Sensitive>> | undefined;
  return { operator, enrolments: async () => await (read ??= stack.enrolments()) };
}

/**
 * The daemon of an agent, with puts that are sealed when the agent was provisioned with operators' keys, and only then: what the stack's
 * own outputs say decides, and nothing that an answer says can lead back to a plain put.
 *
 * @throws UserError when the agent wants sealed puts and this vault or this stack cannot make them.
 */
export async function withSealing(
  daemon: Daemon,
  { name, agent, sealing }: { readonly name: string; readonly agent: KnownAgent; readonly sealing: Sealing },
): Promise<Daemon> {
  if (agent.operatorKeys.length === 0) return daemon;
  const operator = ownKey(name, agent, sealing.operator);
  const enrolment = (await sealing.enrolments()).get(name);
  if (enrolment === undefined)
    throw new UserError(`the stack has no enrolment secret for agent "${name}"`, ["finish the update first: claws up"]);
  const expected = { agent: name, nodeId: agent.nodeId, enrolment };
  return { ...daemon, put: async (request) => await putSealed(daemon, request, { operator, expected }) };
}

/** Says which agents take keys that nobody sealed although the vault could, and what to do about it. */
export function noticeUnsealed(
  agents: KnownAgents,
  { operator }: Pick<VaultDocument, "operator">,
  terminal: Pick<Terminal, "notice">,
): void {
  const unsealed = [...agents].filter(([, agent]) => agent.operatorKeys.length === 0 && agent.broker === null);
  if (operator === undefined || unsealed.length === 0) return;
  terminal.notice(
    `${unsealed.map(([name]) => name).join(", ")}: takes keys unsealed, because the stack does not name your operator key: claws operator show`,
  );
}

interface Seals {
  readonly operator: OperatorKey;
  readonly expected: ExpectedDroplet;
}

async function putSealed(daemon: Daemon, request: PutRequest, { operator, expected }: Seals): Promise<Receipt> {
  const attempt = async (): Promise<Receipt> => {
    const seal = await daemon.seal();
    checkSeal(seal, expected);
    return await daemon.putSealed(await sealPut(request, seal, operator), request.value);
  };
  return await attempt().catch(async (error: unknown) => {
    // The daemon was restarted between the two calls, or was asked for very many seals: a new one is good.
    if (error instanceof DaemonError && error.code === "stale-seal") return await attempt();
    throw error;
  });
}

function ownKey(name: string, { operatorKeys }: KnownAgent, operator: OperatorKey | undefined): OperatorKey {
  if (operator !== undefined && operatorKeys.includes(operator.publicKey)) return operator;
  const whose = `agent "${name}" takes keys only from ${operatorKeys.length === 1 ? "the operator" : "the operators"} ${operatorKeys.join(", ")}`;
  if (operator === undefined)
    throw new UserError(`${whose}, and this vault has no operator key`, [
      "push with the vault of that operator",
      "or make a key, add it to the stack and replace the droplet: claws operator init, claws operator show, claws up",
    ]);
  throw new UserError(`${whose}, and this vault's operator key is another: ${operator.publicKey}`, [
    "push with the vault of that operator",
    "or add this key to office-claws:operatorKeys of the stack and replace the droplet: claws operator show, claws up",
  ]);
}
