// SPDX-License-Identifier: Apache-2.0
import type { HeadscaleClient } from "./headscaleClient.ts";

/** An OAuth client of the tailnet; the keys it makes carry tags out of `tags`. */
export interface OauthClient {
  readonly id: string;
  readonly secret: string;
  /** For example `auth_keys`, `devices:core`, `devices:core:read`, `policy_file`, `all`. */
  readonly scopes: readonly string[];
  readonly tags: readonly string[];
}

/** One request that reached the API. */
export interface ApiRequest {
  /** RFC 3339. */
  readonly time: string;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly status: number;
  /** Who asked: "api-key", the OAuth client's ID, or null when refused. */
  readonly caller: string | null;
}

/** How to run the Tailscale API in front of headscale. */
export interface TailscaleApiOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly headscale: HeadscaleClient;
  /** Parent domain of node names. @default "tailnet.lab.example" */
  readonly domain?: string;
  readonly apiKeys: readonly string[];
  readonly oauthClients?: readonly OauthClient[];
  /** @default the real time */
  readonly clock?: () => Date;
}

/** A running front. */
export interface TailscaleApi {
  /** http://host:port, for TAILSCALE_BASE_URL. */
  readonly url: string;
  readonly requests: readonly ApiRequest[];
  close(): Promise<void>;
}

/** Starts the part of Tailscale's API v2 that the lab needs, over plain HTTP. */
export function startTailscaleApi(options: TailscaleApiOptions): Promise<TailscaleApi> {
  return Promise.reject(new Error(`cannot listen on "${options.host}": not built yet`));
}
