// SPDX-License-Identifier: Apache-2.0
import type { CustomProvider } from "../protocol/customProvider.ts";
import { fromCustomProvider } from "./customProviders.ts";
import type { Provider } from "./provider.ts";
import { anthropic } from "./providers/anthropic.ts";
import { deepseek } from "./providers/deepseek.ts";
import { gemini } from "./providers/gemini.ts";
import { groq } from "./providers/groq.ts";
import { mistral } from "./providers/mistral.ts";
import { openai } from "./providers/openai.ts";
import { openrouter } from "./providers/openrouter.ts";
import { xai } from "./providers/xai.ts";

/** Every provider that the broker can speak to without being told how. */
export const PROVIDERS: readonly Provider[] = [anthropic, openai, gemini, openrouter, xai, groq, deepseek, mistral];

/**
 * The providers with these IDs, in this order: from the table, else from the owner's own.
 * @throws Error for an ID that neither has
 */
export function selectProviders(
  ids: readonly string[],
  customs: readonly CustomProvider[] = [],
  table: readonly Provider[] = PROVIDERS,
): readonly Provider[] {
  const all = [...table, ...customs.map(fromCustomProvider)];
  return ids.map((id) => {
    const provider = all.find((one) => one.id === id);
    if (provider === undefined)
      throw new Error(`cannot broker for "${id}": known providers are ${all.map((one) => one.id).join(", ")}`);
    return provider;
  });
}
