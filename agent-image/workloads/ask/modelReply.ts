// SPDX-License-Identifier: Apache-2.0
import { AskError } from "./askError.ts";

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** Reads a JSON answer; undefined when it is none. @throws AskError when it is longer than 4 MiB */
export async function readJson(reply: Response): Promise<unknown> {
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
export function refusal(reply: Response, answer: unknown): AskError {
  const code = readCode(reply.headers.get("x-claws-broker-error"));
  const text = readMessage(answer) ?? `the model provider answered ${reply.status}`;
  if (reply.status === 503)
    return new AskError(503, code ?? "unavailable", text, reply.headers.get("retry-after") ?? undefined);
  return new AskError(502, code ?? `provider-${reply.status}`, text);
}

function readCode(code: string | null): string | undefined {
  return code !== null && /^[a-z][a-z0-9-]{0,62}$/.test(code) ? code : undefined;
}

/** `{"error": {"message": TEXT}}` is the form of broker, Anthropic, OpenAI and OpenClaw alike. */
export function readMessage(answer: unknown): string | undefined {
  const text = member(member(answer, "error"), "message");
  return typeof text === "string" ? text.slice(0, 500) : undefined;
}

/** An own member of an object; undefined for anything else. */
export function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Object.getOwnPropertyDescriptor(value, name)?.value : undefined;
}

/** A list as it is, and an empty one for anything else. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
