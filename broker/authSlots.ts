// SPDX-License-Identifier: Apache-2.0

/**
 * Headers that carry credentials at some provider or proxy, whether or not our table has it: a workload must never get through with a
 * key of somebody else's, because that is how data is carried out through an allowed host.
 */
export const AUTH_SLOTS: ReadonlySet<string> = new Set([
  "authorization",
  "x-api-key",
  "api-key",
  "apikey",
  "x-goog-api-key",
  "xi-api-key",
  "x-auth-token",
  "cf-aig-authorization",
  "cookie",
  "cookie2",
]);

const AUTH_PARAMETERS: readonly string[] = [
  "key",
  "api_key",
  "api-key",
  "apikey",
  "access_token",
  "oauth_token",
  "bearer_token",
  "auth_token",
  "token",
];

/** Whether a query (without `?`) has a parameter in which some provider takes credentials. */
export function hasAuthParameter(query: string): boolean {
  return [...new URLSearchParams(query).keys()].some((name) => AUTH_PARAMETERS.includes(name.toLowerCase()));
}
