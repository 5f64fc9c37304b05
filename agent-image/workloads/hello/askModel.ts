// SPDX-License-Identifier: Apache-2.0
import { AskError } from "../ask/askError.ts";
import type { AskRequest } from "../ask/askRequest.ts";
import { readJson, refusal } from "../ask/modelReply.ts";
import { MODEL_PROVIDERS } from "./modelProvider.ts";

/** Where models are asked. */
export interface ModelOptions {
  /** Environment with the base URL of each provider; it leads to the broker. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Reads the placeholder token, which changes whenever clawsd starts. */
  readonly readToken: () => Promise<string>;
  /** Milliseconds for the whole answer. */
  readonly timeout: number;
}

/**
 * Asks a model through the broker.
 *
 * @param signal - Ends the call, because nobody waits for it any more.
 * @throws AskError 503 with the broker's reason when it holds no key; 502 or 504 when broker or provider fail.
 */
export async function askModel(
  { prompt, provider }: AskRequest,
  options: ModelOptions,
  signal: AbortSignal,
): Promise<string> {
  const model = MODEL_PROVIDERS.get(provider);
  const baseUrl = options.environment[model?.baseUrlVariable ?? ""];
  if (model === undefined || baseUrl === undefined)
    throw new AskError(500, "misconfigured", `no way to ask ${provider}`);
  const token = await options.readToken().catch(() => {
    throw new AskError(503, "broker-down", "the broker is not running", "5");
  });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(options.timeout)]);
  try {
    const reply = await fetch(`${baseUrl}${model.path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...model.headers(token) },
      body: JSON.stringify(model.body(prompt)),
      redirect: "error",
      signal: limit,
    });
    const answer = await readJson(reply);
    if (!reply.ok) throw refusal(reply, answer);
    const text = model.readAnswer(answer);
    if (text === undefined) throw new AskError(502, "no-answer", `the answer of ${provider} has no text`);
    return text;
  } catch (error) {
    if (error instanceof AskError) throw error;
    if (limit.aborted) throw new AskError(504, "timeout", `${provider} did not answer in time`);
    throw new AskError(502, "unreachable", `${provider} cannot be reached through the broker`);
  }
}
