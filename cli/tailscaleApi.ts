// SPDX-License-Identifier: Apache-2.0
import { ParseError } from "../protocol/parseError.ts";
import { optional, readBoolean, readList, readObject, readText, type Reader } from "../protocol/shape.ts";
import { fetchJson, urlIn, type CloudService } from "./cloudReply.ts";
import { setting, type Environment } from "./environment.ts";
import { failure, UserError } from "./errors.ts";

/** A device of the tailnet, as the Tailscale API lists it. */
export interface TailnetDevice {
  readonly nodeId: string;
  readonly hostname: string;
  readonly tags: readonly string[];
}

/** The reads that the commands make. */
export interface TailscaleApi {
  devices(): Promise<readonly TailnetDevice[]>;
  deviceExists(nodeId: string): Promise<boolean>;
  /** Whether a node could still join with the key: a spent, revoked or expired one is as good as none. */
  authKeyUsable(id: string): Promise<boolean>;
  /** The tailnet's policy, as JSON. */
  policy(): Promise<unknown>;
  /** The scopes that the token was given; undefined when Tailscale does not say. */
  grantedScopes(): Promise<readonly string[] | "api key" | undefined>;
}

/** How the Tailscale API is spoken to. */
export type TailscaleCredentials =
  { readonly apiKey: string } | { readonly clientId: string; readonly clientSecret: string };

const service: CloudService = {
  name: "Tailscale",
  urlVariable: "TAILSCALE_BASE_URL",
  credentialVariables: "TAILSCALE_API_KEY or TAILSCALE_OAUTH_CLIENT_ID and _SECRET",
};
const ignore = { others: "ignore" } as const;
const word = readText(1000);
const readDevices = readObject(
  {
    devices: readList(
      readObject<{ nodeId: string; hostname: string; tags?: readonly string[] }>(
        { nodeId: word, hostname: word, tags: optional(readList(word, 100)) },
        ignore,
      ),
      100_000,
    ),
  },
  ignore,
);
const readKey = readObject<{ invalid?: boolean }>({ invalid: optional(readBoolean) }, ignore);
const readToken = readObject<{ access_token: string; scope?: string }>(
  { access_token: word, scope: optional(readText(10_000)) },
  ignore,
);
const anything: Reader<unknown> = (value) => value ?? null;

/** The credentials in the environment. @throws UserError when there are none, half of them or both kinds. */
export function tailscaleCredentials(environment: Environment): TailscaleCredentials {
  const apiKey = setting(environment, "TAILSCALE_API_KEY");
  const clientId = setting(environment, "TAILSCALE_OAUTH_CLIENT_ID");
  const clientSecret = setting(environment, "TAILSCALE_OAUTH_CLIENT_SECRET");
  if (apiKey !== undefined && (clientId ?? clientSecret) !== undefined)
    throw new UserError("TAILSCALE_API_KEY and TAILSCALE_OAUTH_CLIENT_ID are both set", [
      "unset one of them: the provider refuses both",
    ]);
  if (apiKey !== undefined) return { apiKey };
  if (clientId !== undefined && clientSecret !== undefined) return { clientId, clientSecret };
  if (clientId !== undefined)
    throw new UserError("TAILSCALE_OAUTH_CLIENT_SECRET is not set, but TAILSCALE_OAUTH_CLIENT_ID is");
  throw new UserError(
    "TAILSCALE_API_KEY is not set, nor are TAILSCALE_OAUTH_CLIENT_ID and TAILSCALE_OAUTH_CLIENT_SECRET",
    [
      "make one at https://login.tailscale.com/admin/settings and export it",
      "or store it in the vault: claws vault credentials set TAILSCALE_API_KEY",
    ],
  );
}

/** Where the API is. @throws UserError when the variable that says so holds no URL */
export function tailscaleOrigin(environment: Environment): URL {
  return urlIn("TAILSCALE_BASE_URL", setting(environment, "TAILSCALE_BASE_URL") ?? "https://api.tailscale.com");
}

/** Reads one path: undefined for what does not exist. */
type Get = <T>(path: string, read: Reader<T>) => Promise<T | undefined>;

/** A client with the credentials of the environment. @throws UserError as {@link tailscaleCredentials} does. */
export function openTailscaleApi(environment: Environment): TailscaleApi {
  const tailnet = encodeURIComponent(setting(environment, "TAILSCALE_TAILNET") ?? "-");
  const get = authorizedGet(environment);
  return {
    devices: async () => {
      const { devices } = (await get(`/api/v2/tailnet/${tailnet}/devices?fields=all`, readDevices)) ?? noTailnet();
      return devices.map(({ nodeId, hostname, tags }) => ({ nodeId, hostname, tags: tags ?? [] }));
    },
    deviceExists: async (nodeId) => (await get(`/api/v2/device/${encodeURIComponent(nodeId)}`, anything)) !== undefined,
    authKeyUsable: async (id) => {
      const key = await get(`/api/v2/tailnet/${tailnet}/keys/${encodeURIComponent(id)}`, readKey);
      return key !== undefined && key.invalid !== true;
    },
    policy: async () => (await get(`/api/v2/tailnet/${tailnet}/acl`, anything)) ?? noTailnet(),
    grantedScopes: async () => {
      const credentials = tailscaleCredentials(environment);
      if ("apiKey" in credentials) return "api key";
      const { scope } = await fetchToken(credentials, tailscaleOrigin(environment));
      return scope?.split(/[ ,]+/).filter((one) => one !== "");
    },
  };
}

function authorizedGet(environment: Environment): Get {
  const origin = tailscaleOrigin(environment);
  const credentials = tailscaleCredentials(environment);
  let authorization: Promise<string> | undefined;
  return async (path, read) => {
    authorization ??= authorize(credentials, origin).catch((error: unknown) => {
      // A failed attempt is not the answer for ever: the next call asks again.
      authorization = undefined;
      throw error;
    });
    const reply = await fetchJson(service, {
      method: "GET",
      url: new URL(path, origin),
      // The policy comes as HuJSON otherwise.
      headers: { authorization: await authorization, accept: "application/json" },
      limit: 32 * 1024 * 1024,
    });
    return reply === undefined ? undefined : readReply(reply, read, path);
  };
}

/** The Authorization header of these credentials. */
export async function authorize(credentials: TailscaleCredentials, origin: URL): Promise<string> {
  if ("apiKey" in credentials) return `Basic ${Buffer.from(`${credentials.apiKey}:`).toString("base64")}`;
  return `Bearer ${(await fetchToken(credentials, origin)).access_token}`;
}

type OauthCredentials = Exclude<TailscaleCredentials, { readonly apiKey: string }>;

async function fetchToken(
  { clientId, clientSecret }: OauthCredentials,
  origin: URL,
): Promise<{ access_token: string; scope?: string }> {
  const body = Buffer.from(
    new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
    }).toString(),
  );
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const url = new URL("/api/v2/oauth/token", origin);
  const reply = await fetchJson(service, { method: "POST", url, headers, body });
  if (reply === undefined) noTailnet();
  return readReply(reply, readToken, "/api/v2/oauth/token");
}

function readReply<T>(reply: unknown, read: Reader<T>, path: string): T {
  try {
    return read(reply, "");
  } catch (error) {
    if (error instanceof ParseError) throw failure(`cannot read Tailscale's answer to "${path}": ${error.message}`);
    throw error;
  }
}

function noTailnet(): never {
  throw failure("Tailscale does not know the tailnet", "check TAILSCALE_TAILNET and TAILSCALE_BASE_URL");
}
