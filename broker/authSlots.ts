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
  "x-auth-key",
  "x-access-token",
  "x-api-token",
  "cf-aig-authorization",
  "ocp-apim-subscription-key",
  "subscription-key",
  "x-amz-security-token",
  "x-goog-iam-authorization-token",
  "x-serverless-authorization",
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

// Google takes the method, more headers and the body from the query, too; others the method.
const OVERRIDE = /^(?:\$\.?(?:httpmethod|httpheaders|req)|_method|x-http-method(?:-override)?)$/;

/**
 * Whether a query (without `?`) has a parameter in which some provider takes credentials, or takes something else in the place of the
 * request's own. Google knows most of them with a `$` or a `$.` in front as well.
 */
export function hasAuthParameter(query: string): boolean {
  return [...new URLSearchParams(query).keys()].some((name) => {
    const known = name.trim().toLowerCase();
    const plain = known.replace(/^\$\.?/, "");
    return AUTH_PARAMETERS.includes(plain) || AUTH_SLOTS.has(plain.replaceAll("_", "-")) || OVERRIDE.test(known);
  });
}
