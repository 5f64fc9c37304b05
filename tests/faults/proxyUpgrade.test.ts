// SPDX-License-Identifier: Apache-2.0
import type { TLSSocket } from "node:tls";
import type { FakeUpstream } from "../support/fakeUpstream.ts";
import { sendRaw, statusesIn } from "../support/rawHttp.ts";
import { startTestDaemon } from "../support/testDaemon.ts";
import { startExchangeBench, type ExchangeBench } from "./support/exchangeBench.ts";
import { putOf } from "./support/pushRequests.ts";
import { startRawUpstream } from "./support/rawUpstream.ts";

let bench: ExchangeBench;
let placeholder: string;
beforeAll(async () => {
  bench = await startExchangeBench();
  placeholder = `x-api-key: ${bench.daemon.token}`;
  bench.answerWell();
});
afterAll(() => bench.close());

const WEBSOCKET = ["Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="];

/** Status, code and whether anything reached the provider. */
async function outcome(line: string, headers: readonly string[], body = ""): Promise<readonly unknown[]> {
  const head = [line, `Host: 127.0.0.1:${bench.port}`, ...headers, "", ""].join("\r\n");
  const { value, seen } = await bench.during(() => sendRaw(bench.port, head + body));
  const [, code = null] = /\r\nx-claws-broker-error: (\S+)\r\n/i.exec(value.text) ?? [];
  return [statusesIn(value.text), code, seen.length];
}

describe("a request for another protocol", () => {
  it.each<[string, string, readonly string[], number, string]>([
    ["WebSocket", "GET /openai/v1/models HTTP/1.1", WEBSOCKET, 426, "upgrade-refused"],
    ["WebSocket for Realtime", "GET /openai/v1/realtime?model=m HTTP/1.1", WEBSOCKET, 426, "upgrade-refused"],
    ["WebSocket in upper case", "GET /openai/v1/models HTTP/1.1", ["Upgrade: WebSocket"], 426, "upgrade-refused"],
    ["HTTP/2", "GET /openai/v1/models HTTP/1.1", ["Upgrade: h2c", "HTTP2-Settings: AAMAAABk"], 501, "not-implemented"],
    ["TLS", "GET /openai/v1/models HTTP/1.1", ["Upgrade: TLS/1.2"], 501, "not-implemented"],
    ["several", "GET /openai/v1/models HTTP/1.1", ["Upgrade: h2c, websocket"], 501, "not-implemented"],
    ["HTTP/3", "GET /openai/v1/models HTTP/1.1", ["Upgrade: h3"], 501, "not-implemented"],
  ])("52 (%s) is answered cleanly, and nothing reaches the provider", async (_name, line, headers, status, code) => {
    const connection = "Connection: close, Upgrade";

    expect(await outcome(line, [connection, placeholder, ...headers])).toEqual([[status], code, 0]);
  });

  it("52 tells a WebSocket client in the body what to do in its stead", async () => {
    const { text } = await bench.raw("GET /openai/v1/realtime HTTP/1.1", [placeholder, ...WEBSOCKET]);
    const body = JSON.parse(text.slice(text.indexOf("\r\n\r\n") + 4)) as { error: { code: string; message: string } };

    expect(body.error).toMatchObject({
      code: "upgrade-refused",
      message: "WebSocket is not brokered; use plain HTTP with streaming",
    });
  });

  it("52 with a key among its subprotocols is refused like any other, and the key goes nowhere", async () => {
    const lines = [placeholder, ...WEBSOCKET, "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.sk-attacker"];

    expect(await outcome("GET /openai/v1/realtime HTTP/1.1", ["Connection: close, Upgrade", ...lines])).toEqual([
      [426],
      "upgrade-refused",
      0,
    ]);
  });

  it("52 without the placeholder learns nothing more than one with it", async () => {
    expect((await outcome("GET /x HTTP/1.1", ["Connection: close, Upgrade", ...WEBSOCKET]))[2]).toBe(0);
  });

  it("52 by HTTP/2's own preface is answered 400", async () => {
    const { text } = await sendRaw(bench.port, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");

    expect(statusesIn(text)).toEqual([400]);
  });

  it("52 leaves the connection of a refused upgrade to no second protocol", async () => {
    const frame = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
    const [statuses, , count] = await outcome(
      "GET /openai/v1/models HTTP/1.1",
      ["Connection: Upgrade", placeholder, ...WEBSOCKET],
      frame,
    );

    expect((statuses as readonly number[])[0]).toBe(426);
    expect((statuses as readonly number[]).slice(1).filter((status) => status !== 400)).toEqual([]);
    expect(count).toBe(0);
  });

  it("52 that Connection names without an Upgrade is a plain request, and the provider sees neither", async () => {
    const work = (): ReturnType<ExchangeBench["raw"]> =>
      bench.raw("GET /anthropic/v1/models HTTP/1.1", [
        placeholder,
        "Connection: upgrade, http2-settings",
        "HTTP2-Settings: AAMAAABk",
      ]);
    const { value, seen } = await bench.during(work);

    expect(statusesIn(value.text)).toEqual([200]);
    expect(seen.map(({ headers }) => [headers.upgrade, headers["http2-settings"]])).toEqual([[undefined, undefined]]);
  });
});

describe("a provider that changes the protocol by itself", () => {
  it("52 with 101 gets no tunnel: the workload gets 502", async () => {
    const raw = await startRawUpstream();
    const daemon = await startTestDaemon({ upstream: raw as unknown as FakeUpstream });
    const protocols: (string | false | null)[] = [];
    raw.answer((socket: TLSSocket) => {
      protocols.push(socket.alpnProtocol);
      socket.write(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n\x81\x05hello",
      );
    });
    await daemon.call("POST", "/v1/keys/put", putOf(1));
    const port = Number(new URL(daemon.brokerUrl).port);
    const head = `POST /anthropic/v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nx-api-key: ${daemon.token}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}`;
    const { text } = await sendRaw(port, head);
    await daemon.stop();
    await raw.close();

    expect(statusesIn(text)).toEqual([502]);
    expect(text).toContain("x-claws-broker-error: upstream-unreachable");
    // HTTP/2 was never on offer.
    expect(protocols.filter((protocol) => protocol !== false && protocol !== "http/1.1")).toEqual([]);
  });
});
