// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { GatewayTokens } from "../../../../agent-image/workloads/openclaw/gatewayKeeper.ts";
import { askOpenClaw, type AskOpenClawOptions } from "../../../../agent-image/workloads/openclaw/askOpenClaw.ts";
import { chooseModels } from "../../../../agent-image/workloads/openclaw/modelChoice.ts";

interface Seen {
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Reply = (response: ServerResponse) => void;

/** A server that plays the gateway or the broker. */
interface Bench {
  readonly server: Server;
  readonly seen: Seen[];
  reply: Reply;
}

const tokens: GatewayTokens = { agentToken: "agt_1", gatewayToken: "gateway-1" };
const answerWith =
  (status: number, body: unknown, headers: Record<string, string> = {}): Reply =>
  (response) =>
    response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
const said = (content: unknown): Reply => answerWith(200, { choices: [{ message: { content } }] });
const nothing: Reply = () => undefined;
const models = answerWith(200, { data: [] });
const sealed = answerWith(
  503,
  { error: { message: "the agent is sealed" } },
  { "x-claws-broker-error": "sealed", "retry-after": "30" },
);

let gateway: Bench;
let broker: Bench;

async function startBench(): Promise<Bench> {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      bench.seen.push({ url: request.url, headers: request.headers, body });
      bench.reply(response);
    });
  });
  const bench: Bench = { server, seen: [], reply: nothing };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return bench;
}

async function stopBench({ server }: Bench): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, "close");
}

const origin = ({ server }: Bench): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeEach(async () => {
  [gateway, broker] = await Promise.all([startBench(), startBench()]);
});
afterEach(() => Promise.all([stopBench(gateway), stopBench(broker)]));

const forever = (signal: AbortSignal): Promise<unknown> =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));

function ask(
  provider: string,
  more: Partial<AskOpenClawOptions> = {},
  signal = new AbortController().signal,
): Promise<string> {
  const providers = ["anthropic", "gemini", "groq"];
  const choices = chooseModels({ hostname: "a1", runtime: "openclaw", providers, customProviders: [] });
  const places = { gateway: origin(gateway), broker: origin(broker) };
  const options = { choices, ...places, current: () => tokens, timeout: 60_000, patience: forever, ...more };
  return askOpenClaw({ prompt: "2+2?", provider }, options, signal);
}

describe("askOpenClaw", () => {
  it("gives the prompt to the gateway, for the provider's model, and asks the broker nothing", async () => {
    gateway.reply = said("four");
    expect(await ask("groq")).toBe("four");
    expect(gateway.seen).toMatchObject([
      {
        url: "/v1/chat/completions",
        headers: { authorization: "Bearer gateway-1", "x-openclaw-model": "claws-groq/openai/gpt-oss-120b" },
      },
    ]);
    expect(JSON.parse(gateway.seen[0]?.body ?? "")).toEqual({
      model: "openclaw",
      messages: [{ role: "user", content: "2+2?" }],
    });
    // What a look of the front had sent would be there before this.
    broker.reply = models;
    await fetch(`${origin(broker)}/after`);
    expect(broker.seen.map(({ url }) => url)).toEqual(["/after"]);
  });

  it("says that it is starting while there is no gateway", async () => {
    await expect(ask("anthropic", { current: () => undefined })).rejects.toMatchObject({
      status: 503,
      code: "starting",
      retryAfter: "10",
    });
  });

  it("knows no other provider", async () => {
    await expect(ask("openai")).rejects.toMatchObject({ status: 500, code: "misconfigured" });
  });

  it("passes on why the broker lends no key, as soon as the silence is long", async () => {
    gateway.reply = nothing;
    broker.reply = sealed;
    await expect(ask("anthropic", { patience: () => Promise.resolve() })).rejects.toMatchObject({
      status: 503,
      code: "sealed",
      message: "the agent is sealed",
      retryAfter: "30",
    });
    expect(broker.seen).toMatchObject([{ url: "/anthropic/v1/models", headers: { "x-api-key": "agt_1" } }]);
  });

  it("waits on when the broker refuses nothing", async () => {
    broker.reply = models;
    gateway.reply = (response) => {
      // Answered only once the broker was looked at.
      const isLooked = setInterval(() => {
        if (broker.seen.length === 0) return;
        clearInterval(isLooked);
        said("took long")(response);
      }, 1);
    };
    expect(await ask("gemini", { patience: () => Promise.resolve() })).toBe("took long");
    expect(broker.seen).toMatchObject([{ url: "/gemini/v1beta/models", headers: { "x-goog-api-key": "agt_1" } }]);
  });

  it.each<[string, Reply, object]>([
    ["sealed", sealed, { status: 503, code: "sealed" }],
    [
      "out of requests",
      answerWith(
        429,
        { error: { message: "the key's requests of today are spent" } },
        { "x-claws-broker-error": "requests-spent" },
      ),
      { status: 502, code: "requests-spent", message: "the key's requests of today are spent" },
    ],
    [
      "refused by the provider",
      answerWith(401, { error: { message: "invalid x-api-key" } }),
      { status: 502, code: "provider-401", message: "invalid x-api-key" },
    ],
    ["fine", models, { status: 502, code: "runtime-failed", message: "OpenClaw answered 500: internal error" }],
    ["broken", answerWith(500, "oops"), { status: 502, code: "runtime-failed" }],
    [
      "closed for the list only",
      answerWith(403, {}, { "x-claws-broker-error": "path-refused" }),
      { status: 502, code: "runtime-failed" },
    ],
  ])("explains a turn that failed when the key is %s", async (_case, reply, expected) => {
    gateway.reply = answerWith(500, { error: { message: "internal error" } });
    broker.reply = reply;
    await expect(ask("groq")).rejects.toMatchObject(expected);
    expect(broker.seen).toMatchObject([{ url: "/groq/openai/v1/models", headers: { authorization: "Bearer agt_1" } }]);
  });

  it("still tells of the failure when the broker is not there", async () => {
    gateway.reply = answerWith(502, "<html>");
    await expect(ask("groq", { broker: "http://127.0.0.1:9" })).rejects.toMatchObject({
      code: "runtime-failed",
      message: "OpenClaw answered 502: no reason",
    });
  });

  it.each([
    ["none", "{}"],
    ["an empty one", { choices: [{ message: { content: "" } }] }],
    ["no JSON", "<html>"],
  ])("takes %s for no answer", async (_case, body) => {
    gateway.reply = answerWith(200, body);
    broker.reply = models;
    await expect(ask("anthropic")).rejects.toMatchObject({ status: 502, code: "no-answer" });
  });

  it("says that the runtime is starting again when the gateway hangs up", async () => {
    gateway.reply = (response) => response.destroy();
    broker.reply = models;
    await expect(ask("anthropic")).rejects.toMatchObject({ status: 503, code: "restarting" });
  });

  it("gives up after its time, and ends the run when nobody waits any more", async () => {
    await expect(ask("anthropic", { timeout: 1 })).rejects.toMatchObject({ status: 504, code: "timeout" });
    const gone = new AbortController();
    const closed = Promise.withResolvers<undefined>();
    gateway.reply = (response) => {
      response.on("close", () => closed.resolve(undefined));
      gone.abort();
    };
    await expect(ask("anthropic", {}, gone.signal)).rejects.toMatchObject({ status: 504 });
    await closed.promise;
  });
});
