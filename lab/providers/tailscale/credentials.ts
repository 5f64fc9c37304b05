// SPDX-License-Identifier: Apache-2.0

/** How the API is called: with an API key as the user of HTTP Basic, or with tokens for an OAuth client. */
export type TailscaleCredentials =
  | { readonly kind: "apiKey"; readonly apiKey: string }
  | { readonly kind: "oauth"; readonly clientId: string; readonly clientSecret: string };

/** Credentials as configured; empty means not set. */
export interface GivenCredentials {
  readonly apiKey: string;
  readonly oauthClientId: string;
  readonly oauthClientSecret: string;
  readonly identityToken: string;
  readonly audience: string;
}

/** Returns the one kind of credentials that is configured. @throws for none, two kinds, half a kind, and workload identity. */
export function parseCredentials(given: GivenCredentials): TailscaleCredentials {
  const { apiKey, oauthClientId: clientId, oauthClientSecret: clientSecret, identityToken, audience } = given;
  const refuse = (reason: string) => new Error(`Provider credentials error: ${reason}`);
  if (apiKey === "" && clientId === "") throw refuse("no API key and no OAuth client ID are set");
  if (apiKey !== "" && [clientId, clientSecret, identityToken, audience].some((value) => value !== "")) {
    throw refuse("an API key and OAuth or workload identity credentials are both set, but only one may be");
  }
  if (apiKey !== "") return { kind: "apiKey", apiKey };
  if (clientSecret !== "" && identityToken !== "")
    throw refuse("an OAuth client secret and an identity token are both set");
  if (clientSecret !== "") return { kind: "oauth", clientId, clientSecret };
  if (identityToken === "" && audience === "") throw refuse("an OAuth client ID is set without a client secret");
  throw refuse("the lab's stand-in provider does not know workload identity");
}
