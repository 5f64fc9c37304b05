// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { request as requestTls } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { createAuthority } from "../../lab/certificates.ts";
import { startModelProvider, type ModelProvider } from "../../lab/llm/modelProvider.ts";
import { providerHosts } from "../../lab/llm/providerTable.ts";

/** What a request carries. */
export interface ModelAsk {
  /** @default api.anthropic.com */
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly text?: string;
}

/** A whole answer. */
export interface ModelAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: unknown;
}

/** The mock provider with a clock that stands still and no pauses in its streams. */
export interface ModelProviderBench {
  readonly provider: ModelProvider;
  /** Certificate that a client must trust. */
  readonly ca: string;
  /** How many pauses its streams have made. */
  readonly pauses: () => number;
  /** Rejects when the connection ends before the answer. */
  readonly ask: (line: string, ask?: ModelAsk) => Promise<ModelAnswer>;
  /** The answer as soon as its head is there. */
  readonly open: (line: string, ask?: ModelAsk) => Promise<IncomingMessage>;
  readonly close: () => Promise<void>;
}

/** Headers that an Anthropic client sends. */
export const anthropicHeaders = { "x-api-key": "sk-ant-test-0001", "anthropic-version": "2023-06-01" };

/** Headers that an OpenAI client sends. */
export const openaiHeaders = { authorization: "Bearer sk-proj-test-0001" };

/** Starts it on a free port with a certificate of a lab authority. */
export async function startModelProviderBench(): Promise<ModelProviderBench> {
  const directory = await mkdtemp(path.join(tmpdir(), "claws-llm-"));
  const authority = await createAuthority(directory);
  const issued = await authority.issue({
    names: [...Object.values(providerHosts), "other.example"],
    addresses: [],
  });
  const tls = { cert: await readFile(issued.certFile, "utf8"), key: await readFile(issued.keyFile, "utf8") };
  const ca = await readFile(authority.caFile, "utf8");
  let pauses = 0;
  const provider = await startModelProvider({
    host: "127.0.0.1",
    port: 0,
    tls,
    clock: () => new Date("2026-01-01T00:00:00Z"),
    pause: () => {
      pauses += 1;
      return Promise.resolve();
    },
  });
  const open = (line: string, ask: ModelAsk = {}): Promise<IncomingMessage> => send(provider.url, ca, line, ask);
  return {
    provider,
    ca,
    pauses: () => pauses,
    ask: async (line, ask) => readAll(await open(line, ask)),
    open,
    close: async () => {
      await provider.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

async function send(url: string, ca: string, line: string, ask: ModelAsk): Promise<IncomingMessage> {
  const [method = "", target = ""] = line.split(" ");
  const { host = "api.anthropic.com", headers = {}, json, text } = ask;
  const options = {
    method,
    path: target,
    ca,
    servername: host.split(":")[0],
    agent: false,
    headers: { ...headers, host },
  };
  const request = requestTls(url, options);
  request.end(json === undefined ? text : JSON.stringify(json));
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response;
}

async function readAll(response: IncomingMessage): Promise<ModelAnswer> {
  let text = "";
  for await (const chunk of response.setEncoding("utf8") as AsyncIterable<string>) text += chunk;
  return { status: response.statusCode ?? 0, headers: response.headers, text, json: parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The events of a stream, each with its name (null for none) and its data, JSON when it is. */
export function readEvents(text: string): readonly { readonly name: string | null; readonly data: unknown }[] {
  if (!text.endsWith("\n\n")) throw new Error("the stream does not end with a whole event");
  return text
    .slice(0, -2)
    .split("\n\n")
    .map((event) => {
      const [, name, data = ""] = /^(?:event: (.+)\n)?data: (.+)$/.exec(event) ?? [];
      return { name: name ?? null, data: parse(data) ?? data };
    });
}
