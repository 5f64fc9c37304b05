// SPDX-License-Identifier: Apache-2.0
// The limits of time of a shared connection, and what Node keeps of a request on it.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type TLSSocket } from "node:tls";
import { jest } from "@jest/globals";
import { MultiplexedConnection } from "../../broker/multiplexedConnection.ts";
import type { UpstreamHead } from "../../broker/upstreamChannel.ts";
import { createTestCertificate } from "../support/testCertificate.ts";

const certificate = createTestCertificate();
const closing: (() => void)[] = [];

afterEach(() => {
  jest.useRealTimers();
  for (const close of closing.splice(0)) close();
});

async function dial(server: Server | Http2SecureServer): Promise<{ socket: TLSSocket; origin: string }> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const socket = connect({
    port,
    host: "127.0.0.1",
    servername: "localhost",
    ca: certificate.cert,
    ALPNProtocols: ["h2"],
  });
  closing.push(
    () => socket.destroy(),
    () => server.close(),
  );
  await once(socket, "secureConnect");
  return { socket, origin: `https://localhost:${port}` };
}

/** A connection to a real server that is ready, with the clock of its limits in the test's hand. */
async function ready(): Promise<{ connection: MultiplexedConnection; socket: TLSSocket }> {
  const server = createSecureServer(certificate, (_request, response) => response.end("ok"));
  const { socket, origin } = await dial(server);
  jest.useFakeTimers({ doNotFake: ["nextTick", "setImmediate", "queueMicrotask", "performance"] });
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  const connection = new MultiplexedConnection(socket, origin, (error) =>
    error === null ? resolve(undefined) : reject(error),
  );
  await promise;
  return { connection, socket };
}

const head: UpstreamHead = {
  ...{ method: "POST", path: "/v1/messages", framing: "none" },
  headers: ["host", "localhost", "x-api-key", "sk-real", "x-kept", "1"],
};

/** Sends one request and waits until its place is free again. */
async function exchangeOnce(connection: MultiplexedConnection): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let body = "";
  connection.open().send(head, {
    ...{ head: () => undefined, caughtUp: () => undefined, drained: () => undefined },
    body: (data: Buffer) => void (body += data.toString()),
    end: () => resolve(body),
    failed: reject,
  });
  return await promise;
}

describe("a shared connection", () => {
  it("is closed when nobody has used it for 50 s", async () => {
    const { connection, socket } = await ready();
    expect(await exchangeOnce(connection)).toBe("ok");
    await new Promise((resolve) => setImmediate(resolve));
    jest.advanceTimersByTime(49_999);
    expect(connection.isClosed).toBe(false);
    const closed = once(socket, "close");
    jest.advanceTimersByTime(1);
    expect(connection.isClosed).toBe(true);
    await closed;
  });

  it("stays while a request is under way, however long that takes", async () => {
    const { connection } = await ready();
    connection.open();
    jest.advanceTimersByTime(3_600_000);
    expect([connection.isClosed, connection.hasRoom]).toEqual([false, true]);
  });

  it("is given up when the provider does not say within 10 s what it allows", async () => {
    const { socket, origin } = await dial(createServer({ ...certificate, ALPNProtocols: ["h2"] }));
    jest.useFakeTimers({ doNotFake: ["nextTick", "setImmediate", "queueMicrotask", "performance"] });
    const said = new Promise<Error | null>((resolve) => {
      new MultiplexedConnection(socket, origin, resolve);
    });
    jest.advanceTimersByTime(10_000);
    expect(await said).toMatchObject({ message: "the connection was closed" });
  });

  it("keeps nothing of the headers of a request, where the key is, for as long as that takes", async () => {
    const kept: unknown[] = [];
    const look = (message: unknown): void => {
      const { stream } = message as { readonly stream: { readonly sentHeaders: object } };
      kept.push(stream);
    };
    subscribe("http2.client.stream.created", look);
    try {
      const { connection } = await ready();
      await exchangeOnce(connection);
      const [stream] = kept as { readonly sentHeaders?: Readonly<Record<string, unknown>> }[];
      expect(stream).toBeDefined();
      expect(Object.keys(stream?.sentHeaders ?? {}).toSorted()).toEqual([":authority", ":method", ":path", ":scheme"]);
    } finally {
      unsubscribe("http2.client.stream.created", look);
    }
  });
});
