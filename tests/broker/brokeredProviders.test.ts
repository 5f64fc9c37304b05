// SPDX-License-Identifier: Apache-2.0
// Every provider of the table through a real broker, to what the lab plays in its place: the way there, the key, and the tokens booked.
import { request } from "node:http";
import type { KeySource } from "../../broker/keySource.ts";
import { PROVIDERS } from "../../broker/providerTable.ts";
import { providerHosts, type ModelProviderName } from "../../lab/llm/providerTable.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { startModelProviderBench, type ModelProviderBench } from "../support/modelProviderBench.ts";
import { startTestBroker, TOKEN, type TestBroker } from "../support/testBroker.ts";

interface Case {
  readonly key: string;
  readonly path: string;
  readonly model: string;
  /** How this provider's own clients send the placeholder. */
  readonly credential: Readonly<Record<string, string>>;
  readonly models: string;
}

const bearer = { authorization: `Bearer ${TOKEN}` };
const cases: Readonly<Record<ModelProviderName, Case>> = {
  anthropic: {
    key: "sk-ant-api03-real-key-0001",
    path: "/v1/messages",
    model: "claude-sonnet-5",
    credential: { "x-api-key": TOKEN, "anthropic-version": "2023-06-01" },
    models: "/v1/models",
  },
  openai: {
    key: "sk-proj-real-key-0001",
    path: "/v1/chat/completions",
    model: "gpt-5",
    credential: bearer,
    models: "/v1/models",
  },
  gemini: {
    key: `AQ.${"g".repeat(40)}`,
    path: "/v1beta/models/gemini-2.5-pro:generateContent",
    model: "gemini-2.5-pro",
    credential: { "x-goog-api-key": TOKEN },
    models: "/v1beta/models",
  },
  openrouter: {
    key: `sk-or-v1-${"0f".repeat(32)}`,
    path: "/api/v1/chat/completions",
    model: "acme/model-1",
    credential: bearer,
    models: "/api/v1/models",
  },
  xai: {
    key: `xai-${"x".repeat(80)}`,
    path: "/v1/chat/completions",
    model: "grok-4",
    credential: bearer,
    models: "/v1/models",
  },
  groq: {
    key: `gsk_${"q".repeat(52)}`,
    path: "/openai/v1/chat/completions",
    model: "llama-3.3-70b",
    credential: bearer,
    models: "/openai/v1/models",
  },
  deepseek: {
    key: `sk-${"d".repeat(32)}`,
    path: "/chat/completions",
    model: "deepseek-chat",
    credential: bearer,
    models: "/models",
  },
  mistral: {
    key: "m".repeat(32),
    path: "/v1/chat/completions",
    model: "mistral-small",
    credential: bearer,
    models: "/v1/models",
  },
};
const names = Object.keys(cases) as readonly ModelProviderName[];

let models: ModelProviderBench;
let broker: TestBroker;
let booked: number[];

beforeAll(async () => {
  models = await startModelProviderBench();
  const { port } = new URL(models.provider.url);
  const lend: KeySource["lend"] = (provider) => ({
    version: 1,
    secret: Sensitive.from(cases[provider as ModelProviderName].key),
    countsTokens: true,
    release: ({ tokens }) => booked.push(tokens),
  });
  broker = await startTestBroker(
    { origin: models.provider.url, ca: models.ca },
    {
      keys: { lend },
      originOf: ({ id }) => `https://${providerHosts[id as ModelProviderName]}:${port}`,
      upstream: { resolve: (_name, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]) },
    },
  );
});
afterAll(async () => {
  await broker.close();
  await models.close();
});
beforeEach(() => {
  booked = [];
});

/** Asks as one of the provider's own clients would, and waits until the exchange is booked. */
async function ask(name: ModelProviderName, path: string, body: object | null = null): Promise<unknown> {
  const logged = broker.usage.length + 1;
  const { credential } = cases[name];
  const text = body === null ? null : JSON.stringify(body);
  const answer = await new Promise<string>((resolve, reject) => {
    const method = text === null ? "GET" : "POST";
    const length = text === null ? {} : { "content-length": Buffer.byteLength(text) };
    const question = request(
      {
        host: "127.0.0.1",
        port: broker.port,
        agent: false,
        method,
        path: `/${name}${path}`,
        headers: { ...credential, ...length },
      },
      (head) => {
        let whole = "";
        head.setEncoding("utf8").on("data", (part: string) => (whole += part));
        head.once("end", () => resolve(whole));
      },
    );
    question.once("error", reject).end(text ?? undefined);
  });
  await broker.logged(logged);
  return answer.startsWith("{") ? (JSON.parse(answer) as unknown) : answer;
}

function prompt(name: ModelProviderName, more: object = {}): object {
  if (name === "gemini") return { contents: [{ role: "user", parts: [{ text: "two words" }] }] };
  return { model: cases[name].model, max_tokens: 50, messages: [{ role: "user", content: "two words" }], ...more };
}

it("covers the whole table", () => {
  expect(names).toEqual(PROVIDERS.map(({ id }) => id));
});

describe.each(names)("%s", (name) => {
  it("gets the owner's key in place of the placeholder, and its count of tokens is booked", async () => {
    const answer = await ask(name, cases[name].path, prompt(name));
    expect(models.provider.requests.at(-1)).toMatchObject({
      provider: name,
      key: cases[name].key,
      path: cases[name].path,
      status: 200,
      prompt: "two words",
    });
    expect(booked).toEqual([toldBy(answer)]);
    expect(booked[0]).toBeGreaterThan(10);
  });

  it("streams, and the count is the same", async () => {
    const whole = prompt(name);
    await ask(name, cases[name].path, whole);
    const stream = { stream: true, ...(name === "anthropic" ? {} : { stream_options: { include_usage: true } }) };
    const path = cases[name].path.replace(":generateContent", ":streamGenerateContent?alt=sse");
    await ask(name, path, name === "gemini" ? whole : prompt(name, stream));

    expect(models.provider.requests.at(-1)).toMatchObject({ provider: name, stream: true, status: 200 });
    expect(booked[1]).toBe(booked[0]);
  });

  it("is asked for its models for free", async () => {
    await ask(name, cases[name].models);
    expect(models.provider.requests.at(-1)).toMatchObject({ provider: name, path: cases[name].models, status: 200 });
    expect(booked).toEqual([0]);
  });
});

it("charges a stream of chat completions by its bytes when its client did not ask for the usage", async () => {
  const answer = String(await ask("openai", cases.openai.path, prompt("openai", { stream: true })));
  expect(booked[0]).toBeGreaterThanOrEqual(answer.length / 4);
  expect(booked[0]).toBeLessThan(answer.length / 4 + 100);
});

it("takes the placeholder out of Gemini's URL", async () => {
  await ask("gemini", `${cases.gemini.path}?key=${TOKEN}`, prompt("gemini"));
  expect(models.provider.requests.at(-1)).toMatchObject({
    key: cases.gemini.key,
    path: cases.gemini.path,
    status: 200,
  });
});

/** The sum that an answer tells, read with a parser that has nothing to do with ours. */
function toldBy(answer: unknown): number {
  const { usage, usageMetadata } = answer as Record<string, Readonly<Record<string, number>> | undefined>;
  const { total_tokens: total } = usage ?? {};
  return (
    total ?? usageMetadata?.["totalTokenCount"] ?? (usage?.["input_tokens"] ?? 0) + (usage?.["output_tokens"] ?? 0)
  );
}
