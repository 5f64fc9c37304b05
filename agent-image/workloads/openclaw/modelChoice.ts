// SPDX-License-Identifier: Apache-2.0
import type { AgentFacts } from "../ask/agentFacts.ts";
import { findModelRoute, type ModelRoute } from "./modelRoute.ts";

/** A provider that OpenClaw can ask, with the models to ask there. */
export interface ModelChoice {
  readonly provider: string;
  readonly route: ModelRoute;
  /** At least one; the first is asked. */
  readonly models: readonly string[];
}

/** Most models that the configuration may name. */
const MAX_MODELS = 32;

/**
 * Says which models of which providers OpenClaw may ask, in the order of the agent's providers.
 *
 * @param wanted - `PROVIDER/MODEL` texts with white space between them; each takes the place of its provider's default model.
 * @throws Error when a text is no such pair, names none of the agent's providers, or no provider is left.
 */
export function chooseModels(facts: AgentFacts, wanted = ""): readonly ModelChoice[] {
  const named = wanted
    .split(/\s+/)
    .filter((text) => text !== "")
    .map(parsePair);
  if (named.length > MAX_MODELS) throw new Error(`cannot use ${named.length} models: ${MAX_MODELS} are the most`);
  const stranger = named.find(({ provider }) => !facts.providers.includes(provider));
  if (stranger !== undefined)
    throw new Error(`cannot use a model of "${stranger.provider}": it is none of this agent's providers`);
  const choices = facts.providers.flatMap((provider): readonly ModelChoice[] => {
    const route = findModelRoute(provider, facts.customProviders);
    const own = named.filter((pair) => pair.provider === provider).map(({ model }) => model);
    const models = own.length > 0 ? own : route?.model === undefined ? [] : [route.model];
    return route === undefined || models.length === 0 ? [] : [{ provider, route, models: [...new Set(models)] }];
  });
  if (choices.length > 0) return choices;
  throw new Error(
    `cannot run OpenClaw: no model is known for ${facts.providers.join(", ")}; CLAWS_MODELS can name one`,
  );
}

function parsePair(text: string): { readonly provider: string; readonly model: string } {
  const [, provider, model] = /^([a-z][a-z0-9-]{0,30})\/([\w.:@/-]{1,120})$/.exec(text) ?? [];
  if (provider !== undefined && model !== undefined) return { provider, model };
  throw new Error(`cannot use ${JSON.stringify(text)} as a model: it must be PROVIDER/MODEL`);
}
