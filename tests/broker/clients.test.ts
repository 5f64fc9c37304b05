// SPDX-License-Identifier: Apache-2.0
// The SDKs of Anthropic and OpenAI, unchanged and as programs of their own, through a real broker to the lab's model providers.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KeySource } from "../../broker/keySource.ts";
import type { UsageLine } from "../../broker/usageLine.ts";
import type { ModelRequest } from "../../lab/llm/modelProvider.ts";
import { providerHosts, type ModelProviderName } from "../../lab/llm/providerTable.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { clientPrograms, type ClientOutcome } from "../support/clientRun.ts";
import { startProgram, type SpeakingProgram } from "../support/speakingProgram.ts";
import { eventually } from "../support/eventually.ts";
import { startModelProviderBench, type ModelProviderBench } from "../support/modelProviderBench.ts";
import { startTestBroker, TOKEN, type TestBroker } from "../support/testBroker.ts";

type Client = keyof typeof clientPrograms;

const keys = { anthropic: "sk-ant-api03-Qm7TzR4pKw9XvB2n", openai: "sk-proj-Lx5HdN8sVj3YtC6mQe1" };
const names: readonly Client[] = ["anthropic", "openai"];
const programs = join(import.meta.dirname, "../support/clients");

let models: ModelProviderBench;
let broker: TestBroker;
let folder: string;
let refusal: "sealed" | undefined;
const running = new Map<Client, SpeakingProgram>();
/** What was there before the test. */
let before: { readonly requests: number; readonly usage: number };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "claws-clients-"));
  await writeFile(join(folder, "token"), TOKEN);
  models = await startModelProviderBench();
  broker = await startBroker();
  const origin = `http://127.0.0.1:${broker.port}`;
  const environment = {
    ANTHROPIC_BASE_URL: `${origin}/anthropic`,
    OPENAI_BASE_URL: `${origin}/openai/v1`,
    CLAWS_AGENT_TOKEN_FILE: join(folder, "token"),
  };
  for (const name of names) running.set(name, startProgram(join(programs, clientPrograms[name]), environment));
});
afterAll(async () => {
  for (const program of running.values()) program.end();
  await broker.close();
  await models.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  refusal = undefined;
  for (const name of names) models.provider.acceptOnly(name, null);
  before = { requests: models.provider.requests.length, usage: broker.usage.length };
});

function startBroker(): Promise<TestBroker> {
  const { port } = new URL(models.provider.url);
  const lend: KeySource["lend"] = (provider) => {
    const secret = Sensitive.from(keys[provider as Client]);
    return refusal ?? { version: 1, secret, countsTokens: false, release: () => secret.wipe() };
  };
  return startTestBroker(
    { origin: models.provider.url, ca: models.ca },
    {
      keys: { lend },
      originOf: ({ id }) => `https://${providerHosts[id as ModelProviderName]}:${port}`,
      upstream: { resolve: (_name, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]) },
    },
  );
}

function requests(): readonly ModelRequest[] {
  return models.provider.requests.slice(before.requests);
}

/** The same once the providers have seen the end of each. */
function ended(): Promise<readonly ModelRequest[]> {
  return eventually(requests, (list) => list.every(({ outcome }) => outcome !== "open"));
}

function usage(): readonly UsageLine[] {
  return broker.usage.slice(before.usage);
}

async function run(client: Client, story: string, prompt = "hello", retries = 0): Promise<ClientOutcome> {
  return JSON.parse(
    (await running.get(client)?.ask(JSON.stringify({ story, prompt, retries }))) ?? "",
  ) as ClientOutcome;
}

describe.each([
  { client: "anthropic", overloaded: "OverloadedError", unavailable: "ServiceUnavailableError" },
  { client: "openai", overloaded: "InternalServerError", unavailable: "InternalServerError" },
] as const)("the $client SDK", ({ client, overloaded, unavailable }) => {
  const answer = 'You asked: "hello". The mock model';
  const weather = 'call the tool weather with {"city":"Rome"}';

  it("gets a whole answer, paid for with the real key", async () => {
    expect(await run(client, "call")).toEqual({
      text: expect.stringContaining(answer),
      tokens: 9,
      requestId: expect.stringMatching(/^req_/),
    });
    expect(requests()).toMatchObject([{ provider: client, key: keys[client], status: 200 }]);
  });

  it("gets a stream piece by piece", async () => {
    const outcome = await run(client, "stream");
    expect(outcome).toEqual({ text: expect.stringContaining(answer), pieces: 9, tokens: 9 });
    expect(await ended()).toMatchObject([{ stream: true, outcome: "complete" }]);
  });

  it("uses a tool and comes back with what it gave", async () => {
    const outcome = await run(client, "tool", weather);
    expect([outcome.reason, outcome.input]).toEqual([expect.stringMatching(/^tool_/), { city: "Rome" }]);
    expect(requests()).toMatchObject([{ prompt: weather }, { toolResult: "rain in Rome", prompt: "" }]);
  });

  it("lists the models", async () => {
    expect(await run(client, "models")).toEqual({ models: 3 });
  });

  it("is seen to leave when it aborts in the middle of a stream", async () => {
    models.provider.addFault({ kind: "hold", afterEvents: 2 });
    const { leftAt } = await run(client, "abort");
    await broker.logged(before.usage + 1);

    expect(leftAt).toMatch(/^20/);
    expect(usage()).toMatchObject([{ code: "client-left", provider: client }]);
    expect(await ended()).toMatchObject([{ outcome: "aborted" }]);
  });

  it("sees a rate limit as its own error, with the time to wait", async () => {
    models.provider.addFault({ kind: "error", status: 429, retryAfter: 7 });
    expect(await run(client, "call")).toMatchObject({
      failed: "RateLimitError",
      status: 429,
      retryAfter: "7",
      broker: null,
    });
  });

  it.each([500, 529])("sees the provider's %i as its own error", async (status) => {
    models.provider.addFault({ kind: "error", status });
    const failed = status === 529 ? overloaded : "InternalServerError";
    expect(await run(client, "call")).toMatchObject({ failed, status, broker: null });
  });

  it("sees no part of the real key when the provider refuses it", async () => {
    models.provider.acceptOnly(client, []);
    const outcome = await run(client, "call");

    expect(outcome).toMatchObject({ failed: "AuthenticationError", status: 401, broker: null });
    expect(requests()).toMatchObject([{ key: keys[client] }]);
    for (const part of [keys[client].slice(0, 8), keys[client].slice(-4)])
      expect(JSON.stringify(outcome)).not.toContain(part);
  });

  it("sees that the agent is sealed as the broker's error, not the provider's", async () => {
    refusal = "sealed";
    expect(await run(client, "call")).toMatchObject({
      failed: unavailable,
      status: 503,
      retryAfter: "30",
      broker: "sealed",
      message: expect.stringContaining("the agent is sealed"),
    });
    expect(requests()).toEqual([]);
  });

  it("tries again itself after a 429 and a 500, and the broker never does", async () => {
    models.provider.addFault({ kind: "error", status: 429, retryAfter: 0 });
    models.provider.addFault({ kind: "error", status: 500, retryAfter: 0 });
    expect(await run(client, "call", "hello", 2)).toMatchObject({ text: expect.stringContaining(answer) });
    expect(requests().map(({ status }) => status)).toEqual([429, 500, 200]);
    expect(usage().map(({ status }) => status)).toEqual([429, 500, 200]);

    models.provider.addFault({ kind: "error", status: 500 });
    expect(await run(client, "call")).toMatchObject({ failed: "InternalServerError" });
    expect(requests()).toHaveLength(4);
  });

  it("sees a stream that the provider cuts as an error, never as a whole answer", async () => {
    models.provider.addFault({ kind: "cut", afterEvents: 3 });
    const outcome = await run(client, "stream");

    expect(outcome.text).toBeUndefined();
    expect(outcome.failed).toBeDefined();
  });
});

describe("Anthropic's SDK", () => {
  it("may use the beta surface, whose requests have a query, and count tokens", async () => {
    expect(await run("anthropic", "beta")).toMatchObject({ text: expect.stringContaining("You asked") });
    expect(await run("anthropic", "count")).toEqual({ tokens: 9 });
    expect(requests().map(({ path }) => path)).toEqual(["/v1/messages?beta=true", "/v1/messages/count_tokens"]);
  });
});

describe("OpenAI's SDK", () => {
  it("may use responses, whole, streamed and with a tool", async () => {
    const expected = { text: expect.stringContaining('You asked: "hello"'), tokens: 9 };
    expect(await run("openai", "responses")).toEqual(expected);
    expect(await run("openai", "responsesStream")).toEqual(expected);
    const outcome = await run("openai", "responsesTool", 'call the tool weather with {"city":"Oslo"}');
    expect([outcome.reason, outcome.input]).toEqual(["function_call", { city: "Oslo" }]);
    expect(requests().at(-1)).toMatchObject({ toolResult: "rain in Oslo" });
  });
});
