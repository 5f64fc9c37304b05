// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";

/** A provider key that nobody ever issued, and so can be recognised wherever it turns up. */
export interface Canary {
  /** Name for reports: the key itself never goes there. */
  readonly name: string;
  readonly value: string;
}

/** Makes a key in the provider's form from fresh randomness. */
export function makeCanary(agent: string, provider: "anthropic" | "openai", version: number): Canary {
  const name = `${agent}/${provider} v${version}`;
  const random = (length: number) => randomBytes(length).toString("base64url").replace(/[_-]/g, "x").slice(0, length);
  if (provider === "anthropic") return { name, value: `sk-ant-api03-${random(93)}AA` };
  return { name, value: `sk-proj-${random(58)}T3BlbkFJ${random(58)}` };
}
