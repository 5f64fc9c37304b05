// SPDX-License-Identifier: Apache-2.0
// Keys on their way through the whole daemon: pushed on one side, used, drained, aborted and counted on the other.
import { once } from "node:events";
import { request, type ClientRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { startFakeUpstream, type FakeUpstream } from "../../support/fakeUpstream.ts";
import { startTestDaemon, type TestDaemon, type TestReply } from "../../support/testDaemon.ts";

let upstream: FakeUpstream;
let daemon: TestDaemon;
let now: Date;
const warmed: string[] = [];
beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());
beforeEach(async () => {
  now = new Date("2026-11-23T12:00:00Z");
  warmed.length = 0;
  daemon = await startTestDaemon({ upstream, now: () => now, warm: (origin) => warmed.push(origin) });
});
afterEach(() => daemon.stop());

const put = (version: number, more: object = {}): Promise<TestReply> =>
  daemon.call("POST", "/v1/keys/put", {
    ...{ name: "anthropic", provider: "anthropic", version, value: `sk-number-${version}` },
    ...more,
  });
const revoke = (body: object): Promise<TestReply> =>
  daemon.call("POST", "/v1/keys/revoke", { name: "anthropic", ...body });

interface Status {
  readonly keys: readonly {
    readonly versions: readonly { readonly version: number; readonly underWay: number }[];
    readonly usage: object;
    readonly limits: object | null;
  }[];
}
const status = async (): Promise<Status> => (await daemon.call("GET", "/v1/status")).body as Status;
const underWay = async (): Promise<unknown> =>
  (await status()).keys[0]?.versions.map(({ version, underWay }) => [version, underWay]);

/** A request whose answer has begun and goes on until the provider ends it. */
interface OpenStream {
  readonly key: string;
  readonly provider: ServerResponse;
  readonly answer: IncomingMessage;
  /** Resolves with the text, or with the code of the error that cut it off. */
  readonly ended: Promise<string>;
}

async function openStream(): Promise<OpenStream> {
  const seen = new Promise<{ key: string; provider: ServerResponse }>((resolve) =>
    upstream.answer((asked, provider) => {
      provider.write("begin ");
      resolve({ key: String(asked.headers["x-api-key"]), provider });
    }),
  );
  const question = post("/anthropic/v1/messages");
  const [answer] = (await once(question, "response")) as [IncomingMessage];
  return { ...(await seen), answer, ended: readText(answer) };
}

function post(path: string): ClientRequest {
  const headers = { "x-api-key": daemon.token, "content-type": "application/json" };
  const question = request(daemon.brokerUrl + path, { method: "POST", headers });
  question.on("error", () => undefined);
  question.end("{}");
  return question;
}

async function readText(answer: IncomingMessage): Promise<string> {
  let text = "";
  try {
    for await (const part of answer.setEncoding("utf8")) text += String(part);
    return text;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? "unknown";
  }
}

/** Status and error code of a whole answer. */
async function ask(): Promise<readonly [number, string | null, string | null]> {
  const headers = { "x-api-key": daemon.token };
  const answer = await fetch(`${daemon.brokerUrl}/anthropic/v1/messages`, { method: "POST", headers, body: "{}" });
  await answer.arrayBuffer();
  return [answer.status, answer.headers.get("x-claws-broker-error"), answer.headers.get("retry-after")];
}

const usage = (): readonly unknown[] =>
  daemon.lines.filter(({ event }) => event === "usage").map((line) => [line["code"], line["keyVersion"]]);

describe("a rotation", () => {
  it("shows how many requests still use the old version, until none does", async () => {
    await put(1);
    const stream = await openStream();
    await put(2);
    await daemon.call("POST", "/v1/keys/activate", { name: "anthropic", version: 2 });
    expect(await underWay()).toEqual([
      [1, 1],
      [2, 0],
    ]);

    stream.provider.end("end");
    expect([stream.key, await stream.ended]).toEqual(["sk-number-1", "begin end"]);
    expect(await underWay()).toEqual([
      [1, 0],
      [2, 0],
    ]);
  });

  it("opens a connection to the provider for the new key, and only when the key in use changes", async () => {
    await put(1);
    await put(1);
    await put(2);
    expect(warmed).toEqual([upstream.origin]);

    await daemon.call("POST", "/v1/keys/activate", { name: "anthropic", version: 2 });
    expect(warmed).toEqual([upstream.origin, upstream.origin]);
  });
});

describe("a revocation", () => {
  it("lets a stream end on the key it began with", async () => {
    await put(1);
    const stream = await openStream();
    await revoke({});
    expect(await ask()).toEqual([503, "sealed", "30"]);

    stream.provider.end("end");
    expect(await stream.ended).toBe("begin end");
  });

  it("with now cuts every stream at both ends at once, and a stream that is cut never looks whole", async () => {
    await put(1);
    const streams = [await openStream(), await openStream()];
    const left = streams.map(({ provider }) => once(provider, "close"));
    expect((await revoke({ now: true })).body).toMatchObject({ active: null, changed: true });

    expect(await Promise.all(streams.map(({ ended }) => ended))).toEqual(["ECONNRESET", "ECONNRESET"]);
    await Promise.all(left);
    expect(usage()).toEqual([
      ["key-revoked", 1],
      ["key-revoked", 1],
    ]);
  });

  it("of an old version with now cuts only what still uses it", async () => {
    await put(1);
    const old = await openStream();
    await put(2);
    await daemon.call("POST", "/v1/keys/activate", { name: "anthropic", version: 2 });
    const fresh = await openStream();
    await revoke({ version: 1, now: true });
    expect(await old.ended).toBe("ECONNRESET");

    fresh.provider.end("end");
    expect([fresh.key, await fresh.ended]).toEqual(["sk-number-2", "begin end"]);
  });

  it("with now reaches streams whose key was revoked without it before", async () => {
    await put(1);
    const stream = await openStream();
    await revoke({});
    expect((await revoke({})).status).toBe(404);
    expect((await revoke({ now: true })).status).toBe(200);

    expect(await stream.ended).toBe("ECONNRESET");
    expect((await revoke({ now: true })).status).toBe(404);
  });

  it("with now that may not be audited cuts nothing", async () => {
    await put(1);
    const stream = await openStream();
    expect((await revoke({ version: 1, now: true })).body).toMatchObject({ code: "active-version" });
    expect((await revoke({ now: "yes" })).status).toBe(400);

    stream.provider.end("end");
    expect(await stream.ended).toBe("begin end");
  });
});

describe("a cap on a key", () => {
  const answerWithTokens = (tokens: number): void =>
    upstream.answer((_asked, response) => {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ usage: { input_tokens: tokens, output_tokens: 1 } }));
    });

  it("on requests is kept, told as such, and lifted by no new version", async () => {
    answerWithTokens(1);
    await put(1, { limits: { requestsPerDay: 2 } });
    expect([(await ask())[0], (await ask())[0]]).toEqual([200, 200]);
    expect(await ask()).toEqual([429, "requests-spent", String(12 * 3600)]);

    await put(2);
    await daemon.call("POST", "/v1/keys/activate", { name: "anthropic", version: 2 });
    expect((await ask())[1]).toBe("requests-spent");
    now = new Date("2026-11-24T00:00:00Z");
    expect((await ask())[0]).toBe(200);
  });

  it("on tokens is read from the provider's own count", async () => {
    answerWithTokens(99);
    await put(1, { limits: { tokensPerDay: 150 } });
    expect([(await ask())[0], (await ask())[0]]).toEqual([200, 200]);

    expect((await ask()).slice(0, 2)).toEqual([429, "tokens-spent"]);
    expect((await status()).keys[0]).toMatchObject({
      limits: { tokensPerDay: 150 },
      usage: { day: "2026-11-23", requests: 2, tokens: 200 },
    });
  });
});
