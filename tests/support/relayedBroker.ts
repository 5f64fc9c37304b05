// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, Server } from "node:http";
import { listen, portOf } from "../../broker/listen.ts";
import { createBroker } from "../../broker/broker.ts";
import type { BrokerErrorCode } from "../../broker/brokerError.ts";
import type { KeySource } from "../../broker/keySource.ts";
import { PROVIDERS } from "../../broker/providerTable.ts";
import { createUpstreamAgent, type UpstreamAgent } from "../../broker/upstreamAgent.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import type { FakeUpstream } from "./fakeUpstream.ts";
import { closeBroker, openRequest, readAnswer, REAL_KEY, startRelay, type TestBroker } from "./testBroker.ts";

/** A droplet's broker without keys, and behind it the owner's broker with them, in front of a fake provider. */
export interface RelayedBroker extends Pick<TestBroker, "ask" | "open" | "close" | "port"> {
  /** Heads of the requests that reached the owner's broker. */
  readonly betweenBrokers: () => readonly (readonly string[])[];
  /** Makes the owner's broker refuse whatever comes. */
  readonly refuseWith: (code: BrokerErrorCode) => void;
  readonly stopOwner: () => Promise<void>;
}

/** Starts both brokers on loopback. */
export async function startRelayedBroker(upstream: FakeUpstream): Promise<RelayedBroker> {
  const passed: (readonly string[])[] = [];
  let refusal: BrokerErrorCode | undefined;
  const lend: KeySource["lend"] = () => {
    const secret = Sensitive.from(REAL_KEY);
    return { version: 3, secret, countsTokens: false, release: () => secret.wipe() };
  };
  const providers = PROVIDERS.map((provider) => ({ ...provider, origin: upstream.origin }));
  const identifyOwner = (request: IncomingMessage) => {
    passed.push([request.url ?? "", ...request.rawHeaders]);
    return refusal ?? { name: "a1", providers, keys: { lend } };
  };
  const toProvider = createUpstreamAgent({ allows: () => true, ca: [upstream.ca] });
  const owner = await open(identifyOwner, toProvider);
  const { port, close: closeRelay } = await startRelay(portOf(owner));
  return {
    port,
    ask: async (ask) => readAnswer((await openRequest(port, ask)).answer),
    open: (ask) => openRequest(port, ask),
    betweenBrokers: () => passed,
    refuseWith: (code) => (refusal = code),
    stopOwner: () => closeBroker(owner, toProvider),
    close: async () => {
      await closeRelay();
      if (owner.listening) await closeBroker(owner, toProvider);
    },
  };
}

async function open(identify: Parameters<typeof createBroker>[0]["identify"], agent: UpstreamAgent): Promise<Server> {
  const server = createBroker({ identify, agent, log: () => undefined, monotonic: () => 0, now: () => new Date(0) });
  await listen(server, "127.0.0.1", 0);
  return server;
}
