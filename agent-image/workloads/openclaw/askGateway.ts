// SPDX-License-Identifier: Apache-2.0
import { AskError } from "../ask/askError.ts";
import { list, member, readJson, readMessage } from "../ask/modelReply.ts";

/** A question to OpenClaw's gateway. */
export interface GatewayQuestion {
  /** Origin of the gateway. */
  readonly gateway: string;
  readonly gatewayToken: string;
  readonly prompt: string;
  /** OpenClaw's name of the model that shall be asked. */
  readonly model: string;
}

/**
 * Gives a prompt to the agent and waits for its answer, with all the model turns and tools that it takes. Each question is a session
 * of its own.
 *
 * @throws AskError 502 with what OpenClaw says, 503 when it cannot be reached
 */
export async function askGateway(question: GatewayQuestion, signal: AbortSignal): Promise<string> {
  const { gateway, gatewayToken, prompt, model } = question;
  const headers = {
    "content-type": "application/json",
    authorization: `Bearer ${gatewayToken}`,
    "x-openclaw-model": model,
  };
  const body = JSON.stringify({ model: "openclaw", messages: [{ role: "user", content: prompt }] });
  const reply = await fetch(`${gateway}/v1/chat/completions`, { method: "POST", headers, body, signal }).catch(() => {
    throw new AskError(503, "restarting", "the agent's runtime is starting again", "10");
  });
  const answer = await readJson(reply);
  if (!reply.ok) {
    const text = readMessage(answer) ?? "no reason";
    throw new AskError(502, "runtime-failed", `OpenClaw answered ${reply.status}: ${text}`);
  }
  const text = member(member(list(member(answer, "choices"))[0], "message"), "content");
  if (typeof text === "string" && text !== "") return text;
  throw new AskError(502, "no-answer", "the agent's answer has no text");
}
