// SPDX-License-Identifier: Apache-2.0
// What an exchange does with the key it was lent, seen at the exchange itself.
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import type { ExchangeEnd } from "../../broker/exchange.ts";
import type { KeyLoan } from "../../broker/keySource.ts";
import { anthropic } from "../../broker/providers/anthropic.ts";
import { createUpstreamAgent } from "../../broker/upstreamAgent.ts";
import type { UsageMeter } from "../../broker/usageMeter.ts";
import { listen, portOf } from "../../broker/listen.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import type { FakeUpstream } from "../support/fakeUpstream.ts";
import { startExchange, type Exchanging } from "../support/startExchange.ts";
import { TRANSPORTS } from "../support/transports.ts";

let upstream: FakeUpstream;
let server: Server;
let countsTokens: boolean;
let metered: string;
let released: { readonly tokens: number; readonly wiped: boolean }[];
let started: (exchanging: Exchanging) => void;
let agent: ReturnType<typeof createUpstreamAgent>;

function createLoan(): KeyLoan {
  const secret = Sensitive.from("sk-real-key");
  return {
    version: 1,
    secret,
    countsTokens,
    release: ({ tokens }) => {
      secret.wipe();
      released.push({ tokens, wiped: secret.everyByte((byte) => byte === 0) });
    },
  };
}

/** Counts each byte as a token. */
function createMeter(): UsageMeter {
  return { push: (chunk) => (metered += chunk.toString()), end: () => metered.length };
}

/** Asks, and gives the exchange and the answer's head as they come. */
function ask(): { readonly exchanging: Promise<Exchanging>; readonly answer: Promise<IncomingMessage> } {
  const exchanging = new Promise<Exchanging>((resolve) => (started = resolve));
  const question = request({ host: "127.0.0.1", port: portOf(server), method: "POST", agent: false });
  const answer = once(question, "response").then(([head]) => head as IncomingMessage);
  question.on("error", () => undefined).end("{}");
  answer.catch(() => undefined);
  return { exchanging, answer };
}

async function askWhole(): Promise<ExchangeEnd> {
  const { exchanging, answer } = ask();
  (await answer).resume();
  return (await exchanging).ended;
}

describe.each(TRANSPORTS)("over $transport", ({ startUpstream, mostAlone }) => {
  beforeEach(async () => {
    upstream = await startUpstream();
    agent = createUpstreamAgent({ allows: () => true, ca: [upstream.ca], mostAlone });
    countsTokens = true;
    metered = "";
    released = [];
    const provider = { ...anthropic, origin: upstream.origin };
    const endpoint = { method: "POST", path: "/v1/messages" } as const;
    server = createServer((client, response) => {
      const admitted = { provider, endpoint, path: endpoint.path };
      started(startExchange({ agent, client, response, admitted, loan: createLoan(), meter: createMeter() }));
    });
    await listen(server, "127.0.0.1", 0);
  });
  afterEach(async () => {
    agent.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await upstream.close();
  });

  describe("a loan", () => {
    it("is released once, with the tokens of a whole answer", async () => {
      upstream.answer((_request, response) => response.end("twelve bytes"));

      expect(await askWhole()).toEqual({ code: "ok", bytesIn: 2, bytesOut: 12 });
      expect(metered).toBe("twelve bytes");
      expect(released).toEqual([{ tokens: 12, wiped: true }]);
    });

    it.each([
      ["an error", 429, {}, Buffer.from("slow down")],
      ["encoded", 200, { "content-encoding": "gzip" }, gzipSync("packed")],
    ])(
      "is released without tokens when the answer is %s, which the meter never sees",
      async (_name, status, head, body) => {
        upstream.answer((_request, response) => response.writeHead(status, head).end(body));

        expect((await askWhole()).code).toBe("ok");
        expect(metered).toBe("");
        expect(released).toEqual([{ tokens: 0, wiped: true }]);
      },
    );

    it("is released with the tokens seen so far when the provider breaks off", async () => {
      upstream.answer((_request, response) => {
        response.writeHead(200, { "content-length": 100 });
        response.write("half", () => response.socket?.destroy());
      });
      const { exchanging, answer } = ask();
      (await answer).on("error", () => undefined).resume();

      expect((await (await exchanging).ended).code).toBe("upstream-cut");
      expect(released).toEqual([{ tokens: 4, wiped: true }]);
    });

    it("is released without tokens when the provider breaks off in the text of an error, which is no answer at all", async () => {
      upstream.answer((_request, response) => {
        response.writeHead(500, { "content-length": 100 });
        response.write("half", () => response.socket?.destroy());
      });
      const { exchanging, answer } = ask();

      await expect(answer).rejects.toMatchObject({ code: "ECONNRESET" });
      expect(await (await exchanging).ended).toEqual({ code: "upstream-cut", bytesIn: 2, bytesOut: 0 });
      expect(released).toEqual([{ tokens: 0, wiped: true }]);
    });

    it.each([
      [true, "identity"],
      [false, undefined],
    ])("that counts tokens (%s) asks for the coding %s", async (counts, coding) => {
      countsTokens = counts;
      upstream.answer((request, response) => request.once("end", () => response.end("ok")).resume());
      await askWhole();

      expect(upstream.seen[0]?.headers["accept-encoding"]).toBe(coding);
    });
  });

  describe("abort", () => {
    it("resets the client and ends the request at the provider in the middle of a stream", async () => {
      const closed = new Promise((resolve) =>
        upstream.answer((_request, response) => {
          response.once("close", resolve);
          response.writeHead(200).write("data: 1\n\n");
        }),
      );
      const { exchanging, answer } = ask();
      const head = await answer;
      const failed = once(head, "error");
      await once(head, "data");
      (await exchanging).abort();

      expect(await failed).toMatchObject([{ code: "ECONNRESET" }]);
      expect(await (await exchanging).ended).toEqual({ code: "key-revoked", bytesIn: 2, bytesOut: 9 });
      await closed;
      expect(released).toEqual([{ tokens: 9, wiped: true }]);
    });

    it("resets the client while the provider is still thinking", async () => {
      const arrived = new Promise<ServerResponse>((resolve) =>
        upstream.answer((_request, response) => resolve(response)),
      );
      const { exchanging, answer } = ask();
      const closed = once(await arrived, "close");
      (await exchanging).abort();

      await expect(answer).rejects.toMatchObject({ code: "ECONNRESET" });
      expect((await (await exchanging).ended).code).toBe("key-revoked");
      await closed;
      expect(released).toEqual([{ tokens: 0, wiped: true }]);
    });

    it("does nothing to an exchange that is over, however often it is called", async () => {
      const { exchanging, answer } = ask();
      (await answer).resume();
      const { ended, abort } = await exchanging;
      const end = await ended;
      abort();
      abort();

      expect(end).toMatchObject({ code: "ok" });
      expect(released).toHaveLength(1);
    });
  });
});
