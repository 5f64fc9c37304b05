// SPDX-License-Identifier: Apache-2.0
import type { Lab } from "../../lab/lab.ts";
import type { Canary } from "./canaries.ts";
import { hold } from "./demoFailure.ts";
import type { HttpAnswer, Operator } from "./operator.ts";

const workloadPort = 7442;

/** A question to one agent and the key that must have paid for the answer. */
export interface Question {
  readonly agent: string;
  /** Tailnet address of the agent. */
  readonly address: string;
  readonly provider: "anthropic" | "openai";
  readonly prompt: string;
  readonly paidBy: Canary;
}

/** Asks the agent's workload over the tailnet. */
export function askAgent(operator: Operator, question: Omit<Question, "paidBy">): Promise<HttpAnswer> {
  const { address, prompt, provider } = question;
  return operator.request("POST", `http://${address}:${workloadPort}/ask`, { prompt, provider });
}

/**
 * Asks and checks from the provider's side: one request for this prompt, with this key, from this agent's droplet.
 * @returns the answer's text
 */
export async function askAndVerify(operator: Operator, lab: Lab, question: Question): Promise<string> {
  const answer = await askAgent(operator, question);
  const text = answerText(answer.body);
  hold(answer.status === 200 && text !== undefined, `${question.agent} did not answer: ${JSON.stringify(answer)}`);

  const seen = (await lab.modelRequests()).filter(({ prompt }) => prompt.includes(question.prompt));
  const droplet = (await lab.droplets()).find(({ name }) => name === question.agent);
  hold(seen.length === 1, `the provider saw ${seen.length} requests for one question to ${question.agent}`);
  hold(seen[0]?.key === question.paidBy.value, `the provider saw another key than ${question.paidBy.name}`);
  hold(seen[0].source === droplet?.address, `the request of ${question.agent} came from ${seen[0].source}`);
  return text;
}

function answerText(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null || !("answer" in body)) return undefined;
  return typeof body.answer === "string" ? body.answer : undefined;
}
