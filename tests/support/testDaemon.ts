// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LogLine } from "../../agent-image/daemon/log.ts";
import { startDaemon, type Daemon } from "../../agent-image/daemon/daemon.ts";
import { portOf } from "../../broker/listen.ts";
import type { TailnetStatus } from "../../agent-image/daemon/tailnetStatus.ts";
import type { Whois } from "../../agent-image/daemon/whois.ts";
import { PROVIDERS } from "../../broker/providerTable.ts";
import { createRelayDial } from "../../broker/relay.ts";
import { createUpstreamAgent, type UpstreamAgentOptions } from "../../broker/upstreamAgent.ts";
import type { AgentFacts } from "../../protocol/agentFacts.ts";
import type { AuditEntry } from "../../protocol/auditEntry.ts";
import { FULL_CAPABILITY } from "./fakeLocalApi.ts";
import type { FakeUpstream } from "./fakeUpstream.ts";

/** An operator's node with the full capability, as the daemon's whois sees every caller unless told otherwise. */
export const OPERATOR: Whois = {
  nodeId: "nOPERATOR",
  name: "laptop.lab.example",
  tags: [],
  login: "op@lab.example",
  addresses: ["127.0.0.1"],
  isShared: false,
  isExpired: false,
  capability: FULL_CAPABILITY,
};

/** The tailnet as the daemon under test sees it unless told otherwise: its only address is loopback. */
export const RUNNING: TailnetStatus = {
  isRunning: true,
  hasTun: true,
  addresses: ["127.0.0.1"],
  self: { nodeId: "nAGENT", name: "a1.lab.example", tags: ["tag:agent"] },
};

/** What may differ from a daemon that every caller may control. */
export interface TestDaemonOptions {
  /** Who calls, for every call; undefined for a stranger. */
  readonly whois?: (address: string, port: number) => Promise<Whois | undefined>;
  readonly status?: () => Promise<TailnetStatus>;
  /** Where the broker sends requests for both providers; without one it knows only real providers, and the test must not ask. */
  readonly upstream?: FakeUpstream;
  /** Providers of this agent; both by default. */
  readonly providers?: readonly string[];
  /** What agent.json says besides; with operators' keys an identity is needed, as `startTestOperator` makes it. */
  readonly facts?: Partial<AgentFacts>;
  /** Called with the origin of each provider that got another key. */
  readonly warm?: (origin: string) => void;
  readonly now?: () => Date;
  readonly monotonic?: () => number;
  /** A folder of an earlier daemon, whose audit log goes on; it is not removed. */
  readonly stateFolder?: string;
  /** Resolves when the daemon may look at the tailnet again; never by default. */
  readonly wait?: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** A real daemon on loopback. */
export interface TestDaemon {
  /** Of the control API, as `http://127.0.0.1:port`. */
  readonly url: string;
  readonly brokerUrl: string;
  /** The workload's placeholder. */
  readonly token: string;
  readonly bootId: string;
  readonly nodeId: string;
  /** Folder with audit.jsonl. */
  readonly stateFolder: string;
  /** Journal lines so far. */
  readonly lines: readonly LogLine[];
  readonly daemon: Daemon;
  /** Entries of the audit log so far. */
  audit(): Promise<readonly AuditEntry[]>;
  /** A control call with the right headers; `body` is sent as JSON. */
  call(method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<TestReply>;
  stop(): Promise<void>;
}

/** Reply of a control call. */
export interface TestReply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** Starts the real daemon with a fake tailnet, everything on loopback and on ports of its own. */
export async function startTestDaemon(options: TestDaemonOptions = {}): Promise<TestDaemon> {
  const directory = await mkdtemp(join(tmpdir(), "claws-daemon-"));
  const stateFolder = options.stateFolder ?? directory;
  const lines: LogLine[] = [];
  const stopping = new AbortController();
  const log = (line: LogLine): unknown => lines.push(line);
  const settings = { ...defaults(options, stopping.signal), stateFolder, runFolder: directory, log };
  const daemon = await startDaemon(settings).catch(async (error: unknown) => {
    await rm(directory, { recursive: true, force: true });
    throw error;
  });
  const [server] = daemon.controlServers();
  const url = `http://127.0.0.1:${server === undefined ? 0 : portOf(server)}`;
  return {
    url,
    brokerUrl: `http://127.0.0.1:${daemon.brokerPort}`,
    token: await readFile(join(directory, "agent-token"), "utf8"),
    bootId: daemon.bootId,
    nodeId: RUNNING.self.nodeId,
    stateFolder,
    lines,
    daemon,
    audit: () => readAudit(join(stateFolder, "audit.jsonl")),
    call: (method, path, body, headers) => callControl(url + path, method, body, headers),
    async stop() {
      stopping.abort();
      await daemon.watching;
      await daemon.stop(0);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function defaults(
  options: TestDaemonOptions,
  signal: AbortSignal,
): Omit<Parameters<typeof startDaemon>[0], "stateFolder" | "runFolder" | "log"> {
  const { upstream, providers = ["anthropic", "openai"], status = () => Promise.resolve(RUNNING) } = options;
  const { whois = () => Promise.resolve(OPERATOR), now = () => new Date() } = options;
  const origin = upstream?.origin;
  return {
    facts: {
      officeClaws: 1,
      hostname: "a1",
      tag: "tag:agent",
      controlUrl: "https://controlplane.lab.example",
      runtime: "hello",
      providers,
      ...options.facts,
    },
    tailnet: { status, whois },
    // Only an agent made here, in a test, may dial loopback.
    agent: createUpstreamAgent(upstreamOptions(options)),
    providers: origin === undefined ? PROVIDERS : PROVIDERS.map((provider) => ({ ...provider, origin })),
    workloadUid: process.getuid?.() ?? 0,
    controlPort: 0,
    brokerPort: 0,
    now,
    monotonic: options.monotonic ?? (() => performance.now()),
    ...(options.warm === undefined ? {} : { warm: options.warm }),
    random: randomBytes,
    wait: options.wait ?? waitForAbort,
    signal,
  };
}

function upstreamOptions({ upstream, facts = {} }: TestDaemonOptions): UpstreamAgentOptions {
  if (facts.remoteBroker !== undefined) return { dial: createRelayDial(facts.remoteBroker) };
  return upstream === undefined ? {} : { allows: () => true, ca: [upstream.ca] };
}

function waitForAbort(_milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
}

async function callControl(
  url: string,
  method: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<TestReply> {
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  const type = body === undefined ? {} : { "content-type": "application/json" };
  const reply = await fetch(url, {
    method,
    headers: { "sec-claws-no-browsers": "1", ...type, ...headers },
    ...content,
  });
  const text = await reply.text();
  return { status: reply.status, headers: reply.headers, body: text === "" ? null : JSON.parse(text) };
}

async function readAudit(path: string): Promise<readonly AuditEntry[]> {
  const lines = (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as AuditEntry);
}
