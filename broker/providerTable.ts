// SPDX-License-Identifier: Apache-2.0
import type { Provider } from "./provider.ts";
import { anthropic } from "./providers/anthropic.ts";
import { openai } from "./providers/openai.ts";

/** Every provider that the broker can speak to. */
export const PROVIDERS: readonly Provider[] = [anthropic, openai];

/** The providers with these IDs, in this order. @throws Error for an ID that the table lacks */
export function selectProviders(ids: readonly string[], table: readonly Provider[] = PROVIDERS): readonly Provider[] {
  return ids.map((id) => {
    const provider = table.find((one) => one.id === id);
    if (provider === undefined)
      throw new Error(`cannot broker for "${id}": known providers are ${table.map((one) => one.id).join(", ")}`);
    return provider;
  });
}
