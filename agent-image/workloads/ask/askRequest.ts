// SPDX-License-Identifier: Apache-2.0
import { AskError } from "./askError.ts";

/** Longest body of a question, in bytes. */
export const MAX_ASK_BYTES = 64 * 1024;

/** A question that somebody on the tailnet asks this agent. */
export interface AskRequest {
  readonly prompt: string;
  /** One of this agent's providers. */
  readonly provider: string;
}

/**
 * Parses the body of `POST /ask`.
 *
 * @param providers - The agent's providers; the first is asked when the body names none.
 * @throws AskError 400 for anything but an object with a `prompt` that is not blank and perhaps a known `provider`.
 */
export function parseAskRequest(body: Buffer, providers: readonly string[]): AskRequest {
  const { prompt, provider = providers[0], ...others } = readObject(body);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw badRequest('the body may hold "prompt" and "provider" only');
  if (typeof prompt !== "string" || prompt.trim() === "") throw badRequest('"prompt" must be text and not blank');
  if (typeof provider !== "string" || !providers.includes(provider)) {
    throw badRequest(`"provider" must be ${providers.join(" or ")}`);
  }
  return { prompt, provider };
}

function readObject(body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    throw badRequest("the body must be JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw badRequest("the body must be an object");
  return { ...value };
}

function badRequest(text: string): AskError {
  return new AskError(400, "bad-request", text);
}
