// SPDX-License-Identifier: Apache-2.0
import type { AskError } from "../ask/askError.ts";
import { readJson, refusal } from "../ask/modelReply.ts";
import type { ModelApi, ModelRoute } from "./modelRoute.ts";

/** What is looked at, and with what. */
export interface BrokerLook {
  /** Origin of the broker. */
  readonly broker: string;
  readonly provider: string;
  readonly route: ModelRoute;
  /** The broker's placeholder. */
  readonly agentToken: string;
}

/** Milliseconds after which a look is given up. */
const TIMEOUT = 10_000;

/**
 * Asks the broker for the provider's list of models, only to learn why no model answers: OpenClaw tries again and again when the broker
 * is sealed, and says less.
 *
 * @returns the broker's own refusal or the provider's of the key; undefined when neither refuses or nobody can be asked
 */
export async function lookAtBroker({ broker, provider, route, agentToken }: BrokerLook): Promise<AskError | undefined> {
  const path = route.api === "anthropic-messages" ? `${route.base}/v1/models` : `${route.base}/models`;
  try {
    const headers = credential(route.api, agentToken);
    const signal = AbortSignal.timeout(TIMEOUT);
    const reply = await fetch(`${broker}/${provider}${path}`, { headers, redirect: "error", signal });
    const answer = await readJson(reply);
    const tells = reply.headers.has("x-claws-broker-error") ? [429, 503] : [401, 403];
    return tells.includes(reply.status) ? refusal(reply, answer) : undefined;
  } catch {
    return undefined;
  }
}

function credential(api: ModelApi, token: string): Readonly<Record<string, string>> {
  if (api === "anthropic-messages") return { "x-api-key": token, "anthropic-version": "2023-06-01" };
  if (api === "google-generative-ai") return { "x-goog-api-key": token };
  return { authorization: `Bearer ${token}` };
}
