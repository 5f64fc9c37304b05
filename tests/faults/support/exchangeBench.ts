// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, ServerResponse } from "node:http";
import { PROVIDERS } from "../../../broker/providerTable.ts";
import { startFakeUpstream, type FakeUpstream, type SeenRequest } from "../../support/fakeUpstream.ts";
import { sendRaw } from "../../support/rawHttp.ts";
import { startTestDaemon, type TestDaemon } from "../../support/testDaemon.ts";

/** The real key of a provider in these tests. */
export function keyFor(provider: string): string {
  return `sk-canary-${provider}-Tz5Yk8Pw3M`;
}

/** A real daemon that holds a key for each provider, in front of one fake provider. */
export interface ExchangeBench {
  readonly upstream: FakeUpstream;
  readonly daemon: TestDaemon;
  readonly port: number;
  /** Requests that reached the provider during the work. */
  during<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly seen: readonly SeenRequest[] }>;
  /** Sends a request with these head lines to the broker, as bytes; the last header ends the connection. */
  raw(line: string, headers: readonly string[], body?: string): ReturnType<typeof sendRaw>;
  /** Resolves with the provider's side of the next request. */
  next(): Promise<{ readonly request: IncomingMessage; readonly response: ServerResponse }>;
  /** Makes the provider answer everything with 200 `{"ok":true}` again. */
  answerWell(): void;
  close(): Promise<void>;
}

/** Names of the providers of the table. */
export const PROVIDER_IDS: readonly string[] = PROVIDERS.map(({ id }) => id);

/** Starts them. */
export async function startExchangeBench(): Promise<ExchangeBench> {
  const upstream = await startFakeUpstream();
  const daemon = await startTestDaemon({ upstream, providers: PROVIDER_IDS });
  for (const provider of PROVIDER_IDS) {
    const body = { name: provider, provider, version: 1, value: keyFor(provider) };
    const { status } = await daemon.call("POST", "/v1/keys/put", body);
    if (status !== 200) throw new Error(`the key for ${provider} was refused with ${status}`);
  }
  const port = Number(new URL(daemon.brokerUrl).port);
  return {
    upstream,
    daemon,
    port,
    async during(work) {
      const before = upstream.seen.length;
      const value = await work();
      return { value, seen: upstream.seen.slice(before) };
    },
    raw(line, headers, body = "") {
      const head = [line, `Host: 127.0.0.1:${port}`, ...headers, "Connection: close", "", ""].join("\r\n");
      return sendRaw(port, head + body);
    },
    next: () => new Promise((resolve) => upstream.answer((request, response) => resolve({ request, response }))),
    answerWell: () =>
      upstream.answer((request, response) => {
        request.resume().once("end", () => {
          response.writeHead(200, { "content-type": "application/json" }).end('{"ok":true}');
        });
      }),
    async close() {
      await daemon.stop();
      await upstream.close();
    },
  };
}
