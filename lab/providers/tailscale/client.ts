// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { isMap, type PropertyMap, type PropertyValue } from "../engine/propertyValue.ts";
import { type HttpAnswer, httpCall } from "../httpCall.ts";
import { parseCredentials, type TailscaleCredentials } from "./credentials.ts";

/** A refused call in the words of the official provider. */
export class TailscaleError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

const CALL_TIMEOUT = 60_000;
const USER_AGENT = "office-claws-lab-provider";

/** The API of one tailnet. No call is tried twice. */
export class TailscaleClient {
  private readonly baseUrl: URL;
  private readonly tailnet: string;
  private readonly credentials: TailscaleCredentials;
  private token: { readonly value: string; readonly validUntil: number } | undefined;

  constructor(baseUrl: URL, tailnet: string, credentials: TailscaleCredentials) {
    this.baseUrl = baseUrl;
    this.tailnet = tailnet;
    this.credentials = credentials;
  }

  /** Calls `/api/v2/tailnet/<tailnet>/<path>` and returns the JSON answer. @throws {TailscaleError} unless it is 2xx. */
  async call(method: string, path: string, body?: PropertyMap): Promise<PropertyMap> {
    const url = new URL(`/api/v2/tailnet/${encodeURIComponent(this.tailnet)}/${path}`, this.baseUrl);
    const headers = {
      authorization: await this.authorization(),
      "content-type": "application/json",
      "user-agent": USER_AGENT,
    };
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await httpCall({ method, url, headers, timeout: CALL_TIMEOUT, ...json });
    if (answer.status >= 200 && answer.status < 300) return parseAnswer(answer.body);
    throw refusal(answer);
  }

  private async authorization(): Promise<string> {
    const { credentials } = this;
    if (credentials.kind === "apiKey") return `Basic ${Buffer.from(`${credentials.apiKey}:`).toString("base64")}`;
    if (this.token === undefined || performance.now() >= this.token.validUntil)
      this.token = await this.fetchToken(credentials);
    return `Bearer ${this.token.value}`;
  }

  private async fetchToken({ clientId, clientSecret }: Extract<TailscaleCredentials, { kind: "oauth" }>) {
    const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
    const answer = await httpCall({
      method: "POST",
      url: new URL("/api/v2/oauth/token", this.baseUrl),
      headers: { "content-type": "application/x-www-form-urlencoded", "user-agent": USER_AGENT },
      body: new URLSearchParams(form).toString(),
      timeout: CALL_TIMEOUT,
    });
    const { status, body } = answer;
    if (status !== 200)
      throw new TailscaleError(`oauth2: cannot fetch token: ${String(status)}\nResponse: ${body}`, status);
    const { access_token: value, expires_in: seconds } = parseAnswer(body);
    if (typeof value !== "string" || value === "") throw new Error("oauth2: server response missing access_token");
    const lifetime = typeof seconds === "number" ? Math.max(0, seconds - 10) * 1000 : Infinity;
    return { value, validUntil: performance.now() + lifetime };
  }
}

/**
 * Returns a client from the provider's configuration, or the environment where it is silent.
 *
 * @throws when credentials are missing or of two kinds.
 */
export function connectTailscale(
  config: PropertyMap,
  environment: Readonly<Record<string, string | undefined>>,
): TailscaleClient {
  const text = (name: string, ...variables: readonly string[]): string => {
    const value = config[name];
    if (typeof value === "string") return value;
    return (
      variables.map((variable) => environment[variable]).find((found) => found !== undefined && found !== "") ?? ""
    );
  };
  const secretText = (name: string, ...variables: readonly string[]) => resolveFile(name, text(name, ...variables));
  const baseUrl = text("baseUrl", "TAILSCALE_BASE_URL") || "https://api.tailscale.com";
  if (!URL.canParse(baseUrl))
    throw new Error(`Could not parse base URL: the base URL "${baseUrl}" could not be parsed`);
  const credentials = parseCredentials({
    apiKey: secretText("apiKey", "TAILSCALE_API_KEY"),
    oauthClientId: secretText("oauthClientId", "TAILSCALE_OAUTH_CLIENT_ID", "OAUTH_CLIENT_ID"),
    oauthClientSecret: secretText("oauthClientSecret", "TAILSCALE_OAUTH_CLIENT_SECRET", "OAUTH_CLIENT_SECRET"),
    identityToken: secretText("identityToken", "TAILSCALE_IDENTITY_TOKEN", "IDENTITY_TOKEN"),
    audience: secretText("audience", "TAILSCALE_AUDIENCE"),
  });
  return new TailscaleClient(new URL(baseUrl), text("tailnet", "TAILSCALE_TAILNET") || "-", credentials);
}

function resolveFile(name: string, value: string): string {
  if (!value.startsWith("file:")) return value;
  const path = value.slice("file:".length);
  try {
    return readFileSync(path, "utf8").trim();
  } catch (cause) {
    throw new Error(`Could not resolve file for ${name}: the file "${path}" could not be read`, { cause });
  }
}

function parseAnswer(body: string): PropertyMap {
  if (body === "") return {};
  const json = JSON.parse(body) as PropertyValue;
  return isMap(json) ? json : {};
}

function refusal({ status, body }: HttpAnswer): Error {
  try {
    const { message } = parseAnswer(body);
    return new TailscaleError(`${typeof message === "string" ? message : ""} (${String(status)})`, status);
  } catch (cause) {
    // The official client reads every refusal as JSON and reports the failed reading instead.
    return new Error(`json decode error: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
