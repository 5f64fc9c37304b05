// SPDX-License-Identifier: Apache-2.0
import { AskError } from "../ask/askError.ts";
import type { AskRequest } from "../ask/askRequest.ts";
import { askGateway } from "./askGateway.ts";
import { lookAtBroker } from "./brokerLook.ts";
import { modelName } from "./configuration.ts";
import type { GatewayTokens } from "./gatewayKeeper.ts";
import type { ModelChoice } from "./modelChoice.ts";

/** What a question to OpenClaw needs. */
export interface AskOpenClawOptions {
  readonly choices: readonly ModelChoice[];
  /** Tokens of the gateway that can be asked now. */
  readonly current: () => GatewayTokens | undefined;
  /** Origins. */
  readonly gateway: string;
  readonly broker: string;
  /** Milliseconds for the whole answer: an agent may work for long. */
  readonly timeout: number;
  /** Waits until silence needs an explanation; rejects when the signal aborts. */
  readonly patience: (signal: AbortSignal) => Promise<unknown>;
}

/**
 * Has the agent answer a question.
 *
 * @param signal - Ends the agent's run, because nobody waits for it any more.
 * @throws AskError 503 `starting`, or with the broker's reason when it lends no key; 502 or 504 when OpenClaw or the provider fail
 */
export async function askOpenClaw(
  request: AskRequest,
  options: AskOpenClawOptions,
  signal: AbortSignal,
): Promise<string> {
  const { choices, current, gateway, broker, timeout, patience } = options;
  const choice = choices.find(({ provider }) => provider === request.provider);
  if (choice === undefined) throw new AskError(500, "misconfigured", `no way to ask ${request.provider}`);
  const tokens = current();
  if (tokens === undefined) throw new AskError(503, "starting", "the agent's runtime is starting", "10");

  const stop = new AbortController();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
  const look = (): Promise<AskError | undefined> => lookAtBroker({ ...choice, broker, agentToken: tokens.agentToken });
  const question = { gateway, gatewayToken: tokens.gatewayToken, prompt: request.prompt, model: modelName(choice) };
  const turn = askGateway(question, AbortSignal.any([limit, stop.signal]));
  try {
    return await Promise.race([turn, explainSilence(look, patience(stop.signal))]);
  } catch (error) {
    if (limit.aborted) throw new AskError(504, "timeout", "the agent did not answer in time");
    throw error instanceof Explained ? error.reason : ((await look()) ?? error);
  } finally {
    stop.abort();
    // Nobody waits for the loser of the race.
    turn.catch(() => undefined);
  }
}

/** The broker's reason for a turn that does not come. */
class Explained extends Error {
  override readonly name = "Explained";
  readonly reason: AskError;

  constructor(reason: AskError) {
    super(reason.message);
    this.reason = reason;
  }
}

/** Never resolves: a turn that takes long for no bad reason is waited for. Rejects without a look when the turn is over before. */
async function explainSilence(look: () => Promise<AskError | undefined>, patience: Promise<unknown>): Promise<never> {
  await patience;
  const reason = await look();
  if (reason !== undefined) throw new Explained(reason);
  return new Promise<never>(() => undefined);
}
