// SPDX-License-Identifier: Apache-2.0
import { AskError } from "./askError.ts";
import type { AskRequest } from "./askRequest.ts";
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

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

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

async function readJson(reply: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of reply.body ?? []) {
    const bytes = chunk as Uint8Array;
    length += bytes.byteLength;
    if (length > MAX_ANSWER_BYTES) throw new AskError(502, "answer-too-long", "the answer is too long");
    chunks.push(bytes);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return undefined;
  }
}

/** A 503 is passed on with its reason, because it says what the owner has to do; everything else becomes a 502 that tells the status. */
function refusal(reply: Response, answer: unknown): AskError {
  const code = readCode(reply.headers.get("x-claws-broker-error"));
  const text = readMessage(answer) ?? `the model provider answered ${reply.status}`;
  if (reply.status === 503)
    return new AskError(503, code ?? "unavailable", text, reply.headers.get("retry-after") ?? undefined);
  return new AskError(502, code ?? `provider-${reply.status}`, text);
}

function readCode(code: string | null): string | undefined {
  return code !== null && /^[a-z][a-z0-9-]{0,62}$/.test(code) ? code : undefined;
}

/** `{"error": {"message": TEXT}}` is the form of broker, Anthropic and OpenAI alike. */
function readMessage(answer: unknown): string | undefined {
  if (typeof answer !== "object" || answer === null || !("error" in answer)) return undefined;
  const { error } = answer;
  if (typeof error !== "object" || error === null || !("message" in error)) return undefined;
  return typeof error.message === "string" ? error.message.slice(0, 500) : undefined;
}
