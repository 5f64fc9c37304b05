// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { daemonAt, DaemonError, type Daemon } from "../../cli/daemonClient.ts";
import { Sensitive } from "../../protocol/sensitive.ts";
import { startTestDaemon, type TestDaemon } from "../support/testDaemon.ts";

const CANARY = "sk-ant-canary-5511";
const request = { name: "anthropic", provider: "anthropic", version: 1, value: Sensitive.from(CANARY) };

/** A server that does with each connection what it is told, and how long its whole answer is waited for. */
async function serve(
  handle: (socket: Socket) => void,
  totalTimeout = 30_000,
): Promise<{ daemon: Daemon; close: () => void }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    handle(socket);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { daemon: daemonAt("127.0.0.1", { port, connectTimeout: 30_000, totalTimeout }), close };
}

function answering(raw: string): (socket: Socket) => void {
  return (socket) => socket.once("data", () => socket.end(raw));
}

function http(status: string, body: string): string {
  return `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

async function failureOf(work: Promise<unknown>): Promise<DaemonError> {
  const error = await work.catch((thrown: unknown) => thrown);
  if (!(error instanceof DaemonError)) throw new Error("expected a DaemonError", { cause: error });
  expect(error.message).not.toContain(CANARY);
  return error;
}

describe("a real daemon", () => {
  let running: TestDaemon;
  let daemon: Daemon;

  beforeEach(async () => {
    running = await startTestDaemon();
    daemon = daemonAt("127.0.0.1", { port: Number(new URL(running.url).port) });
  });
  afterEach(() => running.stop());

  it("takes, activates and revokes keys and tells what it holds", async () => {
    expect(await daemon.status()).toMatchObject({ state: "sealed", nodeId: "nAGENT", keys: [] });
    expect(await daemon.put(request)).toMatchObject({
      nodeId: "nAGENT",
      bootId: running.bootId,
      version: 1,
      active: 1,
      changed: true,
    });
    expect(await daemon.put(request)).toMatchObject({ changed: false });
    expect(await daemon.put({ ...request, version: 2, value: Sensitive.from("other") })).toMatchObject({
      active: 1,
      changed: true,
    });
    expect(await daemon.activate("anthropic", 2)).toMatchObject({ active: 2 });
    expect(await daemon.revoke("anthropic", 1)).toMatchObject({ active: 2, changed: true });
    expect(await daemon.status()).toMatchObject({ state: "open", keys: [{ name: "anthropic", active: 2 }] });
    expect(await daemon.revoke("anthropic")).toMatchObject({ active: null });
    expect((await daemon.status()).state).toBe("sealed");
  });

  it("refuses in its own words, and has not acted", async () => {
    await daemon.put(request);
    const error = await failureOf(daemon.put({ ...request, value: Sensitive.from("another") }));
    expect({ message: error.message, code: error.code, mayHaveActed: error.mayHaveActed }).toEqual({
      message: "this version is held with another value or provider",
      code: "version-conflict",
      mayHaveActed: false,
    });
  });
});

describe("a daemon that misbehaves", () => {
  it("is not there: the connection is refused, nothing can have happened", async () => {
    const error = await failureOf(daemonAt("127.0.0.1", { port: 1 }).put(request));
    expect({ message: error.message, code: error.code, mayHaveActed: error.mayHaveActed }).toEqual({
      message: "connection refused",
      code: "no-reply",
      mayHaveActed: false,
    });
  });

  it("takes the request and says nothing: bounded time, and it may have acted", async () => {
    const { daemon, close } = await serve(() => undefined, 300);
    const error = await failureOf(daemon.put(request));
    close();
    expect({ message: error.message, mayHaveActed: error.mayHaveActed }).toEqual({
      message: "no whole answer within 0.3 s",
      mayHaveActed: true,
    });
  });

  it("takes a question and says nothing: asking changes nothing", async () => {
    const { daemon, close } = await serve(() => undefined, 300);
    const error = await failureOf(daemon.status());
    close();
    expect(error.mayHaveActed).toBe(false);
  });

  it("cuts its answer off after any byte", async () => {
    const receipt = JSON.stringify({
      nodeId: "n",
      bootId: "0".repeat(32),
      name: "anthropic",
      version: 1,
      active: 1,
      changed: true,
      fingerprint: "0".repeat(16),
      auditSequence: 1,
    });
    const raw = http("200 OK", receipt);
    const whole = await serve(answering(raw));
    expect(await whole.daemon.put(request)).toMatchObject({ version: 1 });
    whole.close();
    for (let length = 0; length < raw.length; length += 7) {
      const { daemon, close } = await serve(answering(raw.slice(0, length)));
      expect((await failureOf(daemon.put(request))).mayHaveActed).toBe(true);
      close();
    }
  });

  it.each([
    ["no JSON", http("200 OK", "<html>"), "its answer does not have the expected form"],
    ["an empty answer", http("200 OK", ""), "its answer does not have the expected form"],
    [
      "a receipt with a member too many",
      http("200 OK", `{"nodeId":"n","value":"${CANARY}"}`),
      "its answer does not have the expected form",
    ],
    ["a redirect", http("302 Found", "{}"), "it answered with status 302 and no reason"],
    ["an error without a reason", http("500 Oops", CANARY), "it answered with status 500 and no reason"],
    ["something that is not HTTP", "SSH-2.0-OpenSSH\r\n\r\n", "HPE_INVALID_CONSTANT"],
    [
      "an answer without end",
      `HTTP/1.1 200 OK\r\n\r\n${"x".repeat(3_000_000)}`,
      "the answer is longer than 2097152 bytes",
    ],
  ])("gives %s", async (_, raw, message) => {
    const { daemon, close } = await serve(answering(raw));
    const error = await failureOf(daemon.put(request));
    close();
    expect(error.message).toBe(message);
  });
});
