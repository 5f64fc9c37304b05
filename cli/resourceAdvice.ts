// SPDX-License-Identifier: Apache-2.0

/** What a provider's words mean for the owner; the first that fits counts. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/\b401\b|[Uu]nable to authenticate|API token invalid/, "the service refuses the credentials: claws doctor"],
  [/\b403\b/, "the credentials may not do this: claws doctor checks their scopes"],
  [
    /droplet limit|exceed your .*limit/,
    "raise the limit in DigitalOcean's console, or take agents out of the stack's file",
  ],
  [/\b429\b|[Tt]oo many requests|rate limit/i, "the service asks to wait a minute"],
  [
    /\b422\b.*\bimage\b|\bimage\b.*\b(?:not found|invalid|unavailable)\b/i,
    "claws image list shows the images that there are",
  ],
  [/\b422\b.*\b(?:size|region)\b|not available in/i, "name another size or region in the stack's file"],
  [
    /tailnet.*\b(?:join|appear|time)|\bnode\b.*\b(?:join|appear|time)/i,
    "claws tailnet policy show prints what the tailnet must allow",
  ],
  [
    /\b5\d\d\b|timeout|timed out|connection (?:refused|reset)|no such host/i,
    "the service failed or was not reached: try again a little later",
  ],
];

/** The next step for an error of a resource, where its words tell one. */
export function adviceFor(messages: readonly string[]): string | undefined {
  return ADVICE.find(([pattern]) => messages.some((message) => pattern.test(message)))?.[1];
}
