// SPDX-License-Identifier: Apache-2.0
// What a broker books on a key with a cap on tokens, from the request to the provider and back.
import type { KeySource } from "../../broker/keySource.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { startFakeUpstream, type FakeUpstream } from "../support/fakeUpstream.ts";
import { startTestBroker, type TestBroker } from "../support/testBroker.ts";

let upstream: FakeUpstream;
let broker: TestBroker;
let booked: number[];
let countsTokens: boolean;

beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());
beforeEach(async () => {
  booked = [];
  countsTokens = true;
  const lend: KeySource["lend"] = () => ({
    version: 1,
    secret: Sensitive.from("sk-real-key-for-caps"),
    countsTokens,
    release: ({ tokens }) => booked.push(tokens),
  });
  broker = await startTestBroker(upstream, { keys: { lend } });
});
afterEach(() => broker.close());

const usage = JSON.stringify({ content: [], usage: { input_tokens: 30, output_tokens: 12 } });

describe("a key with a cap on tokens", () => {
  it("is charged what the provider says, and the provider is asked for an answer without coding", async () => {
    upstream.answer((_request, response) => response.end(usage));
    const answer = await broker.ask({ headers: { "accept-encoding": "gzip, br" } });
    await broker.logged(1);

    expect(answer.body.toString()).toBe(usage);
    expect(upstream.seen.at(-1)?.headers["accept-encoding"]).toBe("identity");
    expect(booked).toEqual([42]);
  });

  it("is charged by the bytes when the provider uses a coding all the same", async () => {
    upstream.answer((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).end(Buffer.alloc(398));
    });
    await broker.ask({ body: "{}" });
    await broker.logged(1);

    expect(booked).toEqual([100]);
  });

  it("is charged by the bytes when the client leaves before the provider has told", async () => {
    upstream.answer((_request, response) => response.writeHead(200).write("x".repeat(398)));
    const { answer, leave } = await broker.open({ body: "{}" });
    await new Promise((resolve) => answer.once("data", resolve));
    leave();
    await broker.logged(1);

    expect(booked).toEqual([100]);
  });

  it("is charged nothing for refusals, lists of models and counting", async () => {
    upstream.answer((_request, response) => response.writeHead(429).end("x".repeat(100)));
    await broker.ask();
    upstream.answer((_request, response) => response.end(usage));
    await broker.ask({ method: "GET", path: "/anthropic/v1/models", body: null });
    await broker.ask({ path: "/anthropic/v1/messages/count_tokens" });
    await broker.logged(3);

    expect(booked).toEqual([0, 0, 0]);
  });
});

describe("a key without one", () => {
  it("lets the coding be what the client wants and counts nothing", async () => {
    countsTokens = false;
    upstream.answer((_request, response) => response.end(usage));
    await broker.ask({ headers: { "accept-encoding": "gzip, br" } });
    await broker.logged(1);

    expect(upstream.seen.at(-1)?.headers["accept-encoding"]).toBe("gzip, br");
    expect(booked).toEqual([0]);
  });
});
