// SPDX-License-Identifier: Apache-2.0
import { randomBytes, timingSafeEqual, createHash } from "node:crypto";
import { ApiError } from "./apiError.ts";

/** An OAuth client of the tailnet. */
export interface OauthClient {
  readonly id: string;
  readonly secret: string;
  /** For example `auth_keys`, `devices:core`, `devices:core:read`, `policy_file`, `all`. */
  readonly scopes: readonly string[];
  /** The auth keys it makes carry all of these, or tags that these own. */
  readonly tags: readonly string[];
}

/** Who is calling. */
export interface Caller {
  /** "api-key" or the OAuth client's ID. */
  readonly name: string;
  /** null for an API key, which may do everything. */
  readonly client: OauthClient | null;
  readonly scopes: readonly string[];
}

/** Who may call. */
export interface AccessOptions {
  readonly apiKeys: readonly string[];
  readonly oauthClients: readonly OauthClient[];
  readonly clock: () => Date;
}

/** Authenticates calls and gives out OAuth tokens. */
export interface Access {
  /** @throws ApiError 401 for an unknown, expired or missing credential. */
  authenticate(authorization: string | undefined): Caller;
  /** Answers POST /oauth/token. @throws ApiError 401 for an unknown client, 400 for another grant or scope. */
  createToken(authorization: string | undefined, form: URLSearchParams): object;
}

/** Seconds that an OAuth token lives. */
const tokenLifetime = 3600;

/** Makes an access table; tokens live in memory only. */
export function createAccess({ apiKeys, oauthClients, clock }: AccessOptions): Access {
  const tokens = new Map<string, { readonly caller: Caller; readonly expires: number }>();
  const owner: Caller = { name: "api-key", client: null, scopes: ["all"] };
  return {
    authenticate: (authorization) => {
      const secret = credential(authorization);
      if (apiKeys.some((key) => equal(key, secret))) return owner;
      const token = tokens.get(secret);
      if (token !== undefined && clock().getTime() < token.expires) return token.caller;
      throw new ApiError(401, "API token invalid");
    },
    createToken: (authorization, form) => {
      const client = findClient(oauthClients, authorization, form);
      if ((form.get("grant_type") ?? "client_credentials") !== "client_credentials") {
        throw new ApiError(400, "unsupported grant_type");
      }
      const scopes = grantedScopes(client, form.get("scope") ?? "");
      const token = `tskey-api-${randomBytes(8).toString("hex")}CNTRL-${randomBytes(24).toString("hex")}`;
      tokens.set(token, {
        caller: { name: client.id, client, scopes },
        expires: clock().getTime() + tokenLifetime * 1000,
      });
      const tags = client.tags.join(" ");
      return { access_token: token, token_type: "Bearer", expires_in: tokenLifetime, scope: scopes.join(" "), tags };
    },
  };
}

/**
 * Refuses a caller without the scope; a scope ending in ":read" is also met by the one without it.
 * @throws ApiError 403.
 */
export function requireScope(caller: Caller, scope: string): void {
  const enough = ["all", scope, scope.replace(/:read$/, ""), ...(scope.endsWith(":read") ? ["all:read"] : [])];
  if (caller.scopes.some((held) => enough.includes(held))) return;
  throw new ApiError(403, "calling actor does not have enough permissions to perform this function");
}

function findClient(
  clients: readonly OauthClient[],
  authorization: string | undefined,
  form: URLSearchParams,
): OauthClient {
  const [id, secret] = basicParts(authorization) ?? [form.get("client_id") ?? "", form.get("client_secret") ?? ""];
  const client = clients.find((known) => known.id === id && equal(known.secret, secret));
  if (client === undefined) throw new ApiError(401, "API token invalid");
  return client;
}

function grantedScopes(client: OauthClient, asked: string): readonly string[] {
  const scopes = asked.split(/[ ,]+/).filter((scope) => scope !== "");
  for (const scope of scopes) requireScope({ name: client.id, client, scopes: client.scopes }, scope);
  return scopes.length === 0 ? client.scopes : scopes;
}

/** The API key or token out of `Bearer X` or of `Basic` with the key as user and no password. */
function credential(authorization: string | undefined): string {
  const bearer = /^bearer ([^ ]+)$/i.exec(authorization ?? "")?.[1];
  const [user = "", password = ""] = basicParts(authorization) ?? [];
  if (bearer !== undefined) return bearer;
  return password === "" ? user : "";
}

function basicParts(authorization: string | undefined): readonly [string, string] | null {
  const encoded = /^basic ([A-Za-z0-9+/=_-]+)$/i.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return null;
  const [, user = "", password = ""] = /^([^:]*):?(.*)$/s.exec(Buffer.from(encoded, "base64").toString("utf8")) ?? [];
  return [user, password];
}

function equal(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
