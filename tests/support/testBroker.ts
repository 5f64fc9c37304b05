// SPDX-License-Identifier: Apache-2.0
import { request, type IncomingMessage, type Server } from "node:http";
import { createBroker } from "../../broker/broker.ts";
import { identifyWorkload } from "../../broker/identifyWorkload.ts";
import type { KeySource } from "../../broker/keySource.ts";
import type { FindPeerUser } from "../../broker/peerUser.ts";
import type { Provider } from "../../broker/provider.ts";
import { PROVIDERS } from "../../broker/providerTable.ts";
import { createRelayDial, relayKeys, relayProviders } from "../../broker/relay.ts";
import { createUpstreamAgent, type UpstreamAgent, type UpstreamAgentOptions } from "../../broker/upstreamAgent.ts";
import type { UsageLine } from "../../broker/usageLine.ts";
import { listen, portOf } from "../../broker/listen.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import type { FakeUpstream } from "./fakeUpstream.ts";

/** The key that a test broker lends unless told otherwise. */
export const REAL_KEY = "sk-test-R8vQ2mZ9xW4tB7nL1yH6";
/** The placeholder of every test broker. */
export const TOKEN = `agt_${"t".repeat(43)}`;

/** Where the broker with the key runs: on the droplet, or on its owner's machine behind the droplet's own. */
export const TIERS = ["local", "remote"] as const;
/** One of {@link TIERS}. */
export type Tier = (typeof TIERS)[number];

/** What may differ from a broker that holds a key and trusts the fake provider. */
export interface TestBrokerOptions {
  readonly keys?: KeySource;
  readonly upstream?: UpstreamAgentOptions;
  readonly isStopping?: () => boolean;
  /** `remote`: a droplet's broker that relays to this one, which then serves no workload itself. `local` by default. */
  readonly tier?: Tier;
  /** User that the client must be; any by default. */
  readonly peerUid?: number;
  readonly findPeerUser?: FindPeerUser;
  /** Where a provider is; the fake one for all by default. */
  readonly originOf?: (provider: Provider) => string;
  /** Noon of a day in May 2026 by default. */
  readonly now?: () => Date;
}

/** A request to a test broker; POST with the placeholder and `{}` unless told otherwise. */
export interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer | null;
}

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly rawHeaders: readonly string[];
  readonly rawTrailers: readonly string[];
  readonly body: Buffer;
}

/** A broker on loopback in front of a fake provider. */
export interface TestBroker {
  readonly port: number;
  readonly usage: readonly UsageLine[];
  /** Secrets lent so far, to see that they get wiped. */
  readonly lent: readonly Sensitive[];
  ask(ask?: Ask): Promise<Answer>;
  /** The answer's head, with its body still to come. */
  open(ask?: Ask): Promise<{ readonly answer: IncomingMessage; readonly leave: () => void }>;
  /** Resolves when so many usage lines have been logged. */
  logged(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts a broker for every provider of the table, with the fake one in the place of the real ones. */
export async function startTestBroker(
  upstream: Pick<FakeUpstream, "origin" | "ca">,
  options: TestBrokerOptions = {},
): Promise<TestBroker> {
  const usage: UsageLine[] = [];
  const lent: Sensitive[] = [];
  const waiting = new Set<() => void>();
  const lend: KeySource["lend"] = () => {
    const secret = Sensitive.from(REAL_KEY);
    lent.push(secret);
    return { version: 3, secret, countsTokens: false, release: () => secret.wipe() };
  };
  const log = (line: UsageLine): void => {
    usage.push(line);
    for (const look of [...waiting]) look();
  };
  const { findPeerUser, originOf = () => upstream.origin } = options;
  const agent = createUpstreamAgent({ allows: () => true, ca: [upstream.ca], ...options.upstream });
  const client = {
    name: "a1",
    providers: PROVIDERS.map((provider) => ({ ...provider, origin: originOf(provider) })),
    keys: options.keys ?? { lend },
  };
  const workload = {
    token: Sensitive.from(TOKEN),
    peerUid: options.peerUid,
    ...(findPeerUser === undefined ? {} : { findPeerUser }),
  };
  const server = createBroker({
    identify: options.tier === "remote" ? () => client : identifyWorkload(workload, client),
    agent,
    log,
    monotonic: () => performance.now(),
    now: options.now ?? (() => new Date("2026-05-01T12:00:00Z")),
    ...(options.isStopping === undefined ? {} : { isStopping: options.isStopping }),
  });
  await listen(server, "127.0.0.1", 0);
  const relay = options.tier === "remote" ? await startRelay(portOf(server)) : undefined;
  const port = relay?.port ?? portOf(server);
  return {
    port,
    usage,
    lent,
    ask: async (ask) => readAnswer((await openRequest(port, ask)).answer),
    open: (ask) => openRequest(port, ask),
    logged: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (usage.length < count) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    close: async () => {
      await relay?.close();
      await closeBroker(server, agent);
    },
  };
}

/** The broker of a droplet whose owner's broker listens on that port of loopback. */
export async function startRelay(ownerPort: number): Promise<Pick<TestBroker, "port" | "close">> {
  const endpoint = `127.0.0.1:${ownerPort}`;
  const keys = relayKeys((bytes) => Buffer.alloc(bytes, 1));
  const client = { name: "a1", providers: relayProviders(PROVIDERS, endpoint), keys };
  const agent = createUpstreamAgent({ dial: createRelayDial(endpoint) });
  const identify = identifyWorkload({ token: Sensitive.from(TOKEN) }, client);
  const monotonic = (): number => performance.now();
  const server = createBroker({ identify, agent, log: () => undefined, monotonic, now: () => new Date(0) });
  await listen(server, "127.0.0.1", 0);
  return { port: portOf(server), close: () => closeBroker(server, agent) };
}

/** Cuts every connection of a broker and waits for its end. */
export function closeBroker(server: Server, agent: UpstreamAgent): Promise<void> {
  return new Promise((resolve) => {
    agent.destroy();
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

export function openRequest(
  port: number,
  ask: Ask = {},
): Promise<{ answer: IncomingMessage; readonly leave: () => void }> {
  const { method = "POST", path = "/anthropic/v1/messages", headers = {}, body = "{}" } = ask;
  return new Promise((resolve, reject) => {
    const length = body === null ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const sent = { "x-api-key": TOKEN, ...length, ...headers } as Record<string, string | string[]>;
    const question = request({ host: "127.0.0.1", port, method, path, headers: sent, agent: false });
    question.once("response", (answer) => resolve({ answer, leave: () => question.destroy() }));
    question.once("error", reject);
    question.end(body ?? undefined);
  });
}

export async function readAnswer(answer: IncomingMessage): Promise<Answer> {
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  const { statusCode = 0, headers, rawHeaders, rawTrailers } = answer;
  return { status: statusCode, headers, rawHeaders, rawTrailers, body: Buffer.concat(parts) };
}
