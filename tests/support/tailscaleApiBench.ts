// SPDX-License-Identifier: Apache-2.0
import { startTailscaleApi, type TailscaleApi, type TailscaleApiOptions } from "../../lab/tailnet/api.ts";
import { createHeadscaleClient } from "../../lab/tailnet/headscaleClient.ts";
import { startFakeHeadscale, type FakeHeadscale } from "./fakeHeadscale.ts";

/** An answer of the API. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly json: unknown;
  readonly text: string;
}

/** What a request carries beside its path. */
export interface ApiAsk {
  readonly json?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The Authorization header; null for none. @default the API key by Basic */
  readonly authorization?: string | null;
}

/** The Tailscale API over a fake headscale, with a clock that stands still until it is moved. */
export interface TailscaleApiBench {
  readonly api: TailscaleApi;
  readonly headscale: FakeHeadscale;
  readonly ask: (line: string, ask?: ApiAsk) => Promise<ApiAnswer>;
  /** Moves the clock by seconds. */
  readonly pass: (seconds: number) => void;
  readonly close: () => Promise<void>;
}

/** The only API key it takes. */
export const testApiKey = "tskey-api-test";

/** An Authorization header of the Basic kind. */
export function basic(user: string, password = ""): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

/** Starts both on free ports; the policy knows tag:agent, owned by tag:ci, and tag:ci. */
export async function startTailscaleApiBench(options: Partial<TailscaleApiOptions> = {}): Promise<TailscaleApiBench> {
  const headscale = await startFakeHeadscale();
  headscale.policy = '{ "tagOwners": { "tag:agent": ["tag:ci"], "tag:ci": ["op@"], }, "grants": [] }';
  let now = Date.parse("2026-01-01T00:00:00Z");
  const client = createHeadscaleClient({ apiUrl: headscale.url, apiKey: headscale.apiKey });
  const clock = (): Date => new Date(now);
  const api = await startTailscaleApi({
    host: "127.0.0.1",
    port: 0,
    headscale: client,
    apiKeys: [testApiKey],
    clock,
    ...options,
  });
  return {
    api,
    headscale,
    ask: (line, ask = {}) => send(api.url, line, ask),
    pass: (seconds) => void (now += seconds * 1000),
    close: async () => {
      await api.close();
      await headscale.close();
    },
  };
}

async function send(url: string, line: string, ask: ApiAsk): Promise<ApiAnswer> {
  const [method = "", path = ""] = line.split(" ");
  const { authorization = basic(testApiKey) } = ask;
  const body = ask.json === undefined ? ask.text : JSON.stringify(ask.json);
  const response = await fetch(`${url}/api/v2${path}`, {
    method,
    headers: { ...(authorization === null ? {} : { authorization }), ...ask.headers },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
