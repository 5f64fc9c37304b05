// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import fc from "fast-check";
import { words } from "../../../lab/llm/exchange.ts";
import {
  anthropicHeaders,
  openaiHeaders,
  readEvents,
  startModelProviderBench,
  type ModelProviderBench,
} from "../../support/modelProviderBench.ts";

let bench: ModelProviderBench;
beforeEach(async () => {
  bench = await startModelProviderBench();
});
afterEach(() => bench.close());

const messages = "POST /v1/messages";
const body = { model: "claude-sonnet-4-5", max_tokens: 100, messages: [{ role: "user", content: "hello" }] };
const streamed = { headers: anthropicHeaders, json: { ...body, stream: true } };

/** Until the record of the request says so; the test's own time limit ends it otherwise. */
async function outcome(index: number, wanted: string): Promise<void> {
  while (bench.provider.requests[index]?.outcome !== wanted) await new Promise(setImmediate);
}

describe("the record", () => {
  it("holds what the provider saw of each request, with the raw key", async () => {
    await bench.ask(`${messages}?beta=true`, { headers: anthropicHeaders, json: body });
    const chat = { model: "gpt-5", stream: true, messages: [{ role: "user", content: "hi" }] };
    await bench.ask("POST /v1/chat/completions", { host: "api.openai.com:443", headers: openaiHeaders, json: chat });
    await outcome(1, "complete");
    const common = {
      time: "2026-01-01T00:00:00.000Z",
      source: "127.0.0.1",
      method: "POST",
      status: 200,
      userAgent: null,
      outcome: "complete",
      endedAt: "2026-01-01T00:00:00.000Z",
    };
    expect(bench.provider.requests).toEqual([
      {
        ...common,
        host: "api.anthropic.com",
        path: "/v1/messages?beta=true",
        provider: "anthropic",
        key: "sk-ant-test-0001",
        model: "claude-sonnet-4-5",
        stream: false,
        prompt: "hello",
      },
      {
        ...common,
        host: "api.openai.com",
        path: "/v1/chat/completions",
        provider: "openai",
        key: "sk-proj-test-0001",
        model: "gpt-5",
        stream: true,
        prompt: "hi",
      },
    ]);
  });

  it("holds refused requests too: another key, no key, another host", async () => {
    await bench.ask(messages, { headers: { "x-api-key": "agt_placeholder" }, json: body });
    await bench.ask("GET /v1/models");
    const stranger = await bench.ask("GET /", { host: "other.example", headers: anthropicHeaders });
    expect(stranger.status).toBe(421);
    expect(bench.provider.requests).toMatchObject([
      { provider: "anthropic", key: "agt_placeholder", status: 401, prompt: "" },
      { provider: "anthropic", key: null, status: 401 },
      { provider: null, host: "other.example", key: null, status: 421 },
    ]);
  });
});

describe("accepted keys", () => {
  const status = async (key: string): Promise<number> =>
    (await bench.ask("GET /v1/models", { headers: { ...anthropicHeaders, "x-api-key": key } })).status;

  it("are all well-formed ones at first, then only those named, then all again", async () => {
    expect([await status("sk-ant-one-00001"), await status("sk-ant-two-00002")]).toEqual([200, 200]);
    bench.provider.acceptOnly("anthropic", ["sk-ant-two-00002"]);
    expect([await status("sk-ant-one-00001"), await status("sk-ant-two-00002")]).toEqual([401, 200]);
    bench.provider.acceptOnly("anthropic", []);
    expect(await status("sk-ant-two-00002")).toBe(401);
    bench.provider.acceptOnly("anthropic", null);
    expect(await status("sk-ant-one-00001")).toBe(200);
  });

  it("of one provider are not those of the other", async () => {
    bench.provider.acceptOnly("anthropic", []);
    expect((await bench.ask("GET /v1/models", { host: "api.openai.com", headers: openaiHeaders })).status).toBe(200);
  });
});

describe("streams", () => {
  it("pause between two events and nowhere else", async () => {
    const { text } = await bench.ask(messages, streamed);
    expect(bench.pauses()).toBe(readEvents(text).length - 1);
    await bench.ask(messages, { headers: anthropicHeaders, json: body });
    expect(bench.pauses()).toBe(readEvents(text).length - 1);
  });

  it("are cut after as many events as asked, once", async () => {
    bench.provider.addFault({ kind: "cut", afterEvents: 2 });
    const response = await bench.open(messages, streamed);
    let text = "";
    const read = async (): Promise<void> => {
      for await (const chunk of response.setEncoding("utf8") as AsyncIterable<string>) text += chunk;
    };
    await expect(read()).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(readEvents(text).map(({ name }) => name)).toEqual(["message_start", "content_block_start"]);
    await outcome(0, "aborted");
    expect((await bench.ask(messages, streamed)).text).toContain("message_stop");
  });

  it("are held until they are released", async () => {
    bench.provider.addFault({ kind: "hold", afterEvents: 1, times: 2 });
    const held = await Promise.all([bench.open(messages, streamed), bench.open(messages, streamed)]);
    for (const response of held) {
      const [first] = (await once(response, "data")) as [Buffer];
      expect(readEvents(first.toString()).map(({ name }) => name)).toEqual(["message_start"]);
    }
    expect(bench.provider.requests.map((request) => request.outcome)).toEqual(["open", "open"]);
    bench.provider.releaseStreams();
    await Promise.all(held.map((response) => once(response, "end")));
    await outcome(1, "complete");
  });

  it("end as aborted when the client leaves, also while they are held", async () => {
    bench.provider.addFault({ kind: "hold" });
    const response = await bench.open(messages, streamed);
    response.on("error", () => undefined);
    await once(response, "data");
    response.destroy();
    await outcome(0, "aborted");
    expect(bench.provider.requests).toMatchObject([{ outcome: "aborted", status: 200 }]);
  });

  it("do not matter for an answer without a stream: it is held or cut as a whole", async () => {
    const plain = { headers: anthropicHeaders, json: body };
    bench.provider.addFault({ kind: "cut" });
    await expect(bench.ask(messages, plain)).rejects.toMatchObject({ code: "ECONNRESET" });
    bench.provider.addFault({ kind: "hold" });
    const answer = bench.ask(messages, plain);
    await outcome(1, "open");
    bench.provider.releaseStreams();
    expect((await answer).status).toBe(200);
  });

  it("do not keep the provider from closing", async () => {
    bench.provider.addFault({ kind: "hold" });
    const response = await bench.open(messages, streamed);
    response.on("error", () => undefined);
    await once(response, "data");
    await bench.close();
    await expect(bench.ask(messages, streamed)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    bench = await startModelProviderBench();
  });
});

describe("faults", () => {
  it("hit only the provider they name, as often as they say", async () => {
    bench.provider.addFault({ kind: "error", status: 500, provider: "openai", times: 2 });
    expect((await bench.ask("GET /v1/models", { headers: anthropicHeaders })).status).toBe(200);
    const statuses = [];
    for (let index = 0; index < 3; index += 1) {
      statuses.push((await bench.ask("GET /v1/models", { host: "api.openai.com", headers: openaiHeaders })).status);
    }
    expect(statuses).toEqual([500, 500, 200]);
    expect(bench.provider.requests.map(({ status }) => status)).toEqual([200, 500, 500, 200]);
  });
});

describe("hostile requests", () => {
  it("get 413 beyond 32 MiB", async () => {
    const { status, json } = await bench.ask(messages, {
      headers: anthropicHeaders,
      text: " ".repeat(32 * 1024 * 1024 + 1),
    });
    expect([status, json]).toEqual([
      413,
      expect.objectContaining({ error: expect.objectContaining({ type: "request_too_large" }) }),
    ]);
  });

  it("get an answer in the provider's form, never a crash, for any JSON body", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue(),
        fc.constantFrom("messages", "chat/completions", "responses"),
        async (json, call) => {
          const host = call === "messages" ? "api.anthropic.com" : "api.openai.com";
          const answer = await bench.ask(`POST /v1/${call}`, {
            host,
            headers: { ...anthropicHeaders, ...openaiHeaders },
            json,
          });
          expect([200, 400, 401, 404]).toContain(answer.status);
          expect(answer.json).toBeDefined();
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("words", () => {
  it("lose nothing of a text", () => {
    fc.assert(fc.property(fc.string(), (text) => expect(words(text).join("")).toBe(text)));
    expect(words("a  b\nc ")).toEqual(["a  ", "b\n", "c "]);
  });
});
