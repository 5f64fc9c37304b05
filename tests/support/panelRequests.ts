// SPDX-License-Identifier: Apache-2.0
import { request } from "node:http";
import type { TestDaemon } from "./testDaemon.ts";

/** An answer of the panel, as it came. */
export interface PanelAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  /** The text read as JSON; undefined when it is none. */
  readonly json: unknown;
}

/** What a request has besides its path; a header that is undefined is left out. */
export interface PanelRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
}

/** One request with exactly these headers: fetch would refuse or forge some of them. */
export function sendRequest(
  url: string,
  { method = "GET", headers = {}, body }: PanelRequest = {},
): Promise<PanelAnswer> {
  const given = Object.entries(headers).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: Object.fromEntries(given), agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const text = Buffer.concat(parts).toString("utf8");
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: parseOrNothing(text) });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Headers that a browser and the panel's own script send with a POST. */
export function ownHeaders({ url }: TestDaemon, token?: string): Record<string, string> {
  return {
    "content-type": "application/json",
    origin: url,
    ...(token === undefined ? {} : { "claws-panel-token": token }),
  };
}

/** A token as the page gets it. */
export async function openSession(daemon: TestDaemon): Promise<string> {
  const { json } = await sendRequest(`${daemon.url}/panel/session`, {
    ...{ method: "POST", headers: ownHeaders(daemon), body: "{}" },
  });
  return (json as { readonly token: string }).token;
}

function parseOrNothing(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
