// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { jest } from "@jest/globals";
import { Sensitive } from "../../protocol/sensitive.ts";
import { startFakeUpstream, type FakeUpstream } from "../support/fakeUpstream.ts";
import { startTestDaemon, type TestDaemon } from "../support/testDaemon.ts";
import { createDaemonHome } from "./support/daemonProcess.ts";
import { put, putOf } from "./support/pushRequests.ts";
import { openStream, type OpenStream } from "./support/streams.ts";

let upstream: FakeUpstream;
let daemon: TestDaemon;
beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());
beforeEach(async () => {
  daemon = await startTestDaemon({ upstream });
  await put(daemon, 1);
});
afterEach(async () => {
  jest.restoreAllMocks();
  await daemon.stop();
});

/** A stream under way: its first bytes have reached the workload. */
async function begin(): Promise<{ stream: OpenStream; response: ServerResponse }> {
  const arriving = new Promise<ServerResponse>((resolve) =>
    upstream.answer((_request, response) => void response.write("begin ", () => resolve(response))),
  );
  const stream = await openStream(daemon);
  const response = await arriving;
  await stream.received("begin ");
  return { stream, response };
}

describe("a daemon that is told to end while streams are open", () => {
  it("39 lets each of them end, takes nothing new meanwhile, and is over with the last", async () => {
    const streams = [await begin(), await begin(), await begin()];
    let isOver = false;
    const ending = daemon.daemon.stop(60_000).then(() => (isOver = true));
    await expect(openStream(daemon)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    for (const { stream, response } of streams) {
      expect(isOver).toBe(false);
      response.end("end");
      expect(await stream.end).toEqual({ text: "begin end", error: null });
    }
    await ending;

    expect(daemon.lines.at(-1)).toEqual({ event: "stopped" });
  });

  it("39 cuts those that do not end in time, with a reset that no client takes for an end", async () => {
    const { stream } = await begin();
    await daemon.daemon.stop(0);

    expect(await stream.end).toEqual({ text: "begin ", error: "ECONNRESET" });
  });

  it("39 ends the request at the provider with the stream that it cuts", async () => {
    const { response } = await begin();
    const closed = once(response, "close");
    await daemon.daemon.stop(0);
    await closed;

    expect(response.writableFinished).toBe(false);
  });

  it("39 has overwritten every copy of every key that its own code held", async () => {
    const made: Sensitive[] = [];
    const make = Sensitive.from.bind(Sensitive);
    jest.spyOn(Sensitive, "from").mockImplementation((secret) => {
      const one = make(secret);
      made.push(one);
      return one;
    });
    await put(daemon, 2, "sk-ant-canary-overwritten");
    await daemon.call("POST", "/v1/keys/activate", { name: "anthropic", version: 2 });
    const { stream, response } = await begin();
    const keys = made.filter((one) => one.reveal() === "sk-ant-canary-overwritten");
    response.end();
    await stream.end;
    await daemon.daemon.stop(1000);

    // The one that was put, and the one that the stream was lent.
    expect(keys.length).toBeGreaterThanOrEqual(2);
    expect(keys.filter((one) => !one.everyByte((byte) => byte === 0))).toEqual([]);
  });
});

describe("the program on SIGTERM", () => {
  it.each(["SIGTERM", "SIGINT"] as const)(
    "39 on %s ends with 0, takes the placeholder away and writes nothing of a key",
    async (signal) => {
      const home = await createDaemonHome();
      try {
        const running = home.start();
        await running.call("POST", "/v1/keys/put", putOf(1, "sk-ant-canary-term"));
        running.child.kill(signal);

        expect(await running.ended).toBe(0);
        expect(running.output).toContain('"event":"stopped"');
        expect(running.errors).toBe("");
        expect(running.output).not.toContain("canary");
      } finally {
        await home.close();
      }
    },
  );
});
