// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { appendFile, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { request, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { REFUSALS_PER_CALLER } from "../../../agent-image/daemon/refusalLog.ts";
import type { TailnetStatus } from "../../../agent-image/daemon/tailnetStatus.ts";
import { portOf } from "../../../broker/listen.ts";
import { startFakeUpstream, type FakeUpstream } from "../../support/fakeUpstream.ts";
import { RUNNING, startTestDaemon, type TestDaemon, type TestDaemonOptions } from "../../support/testDaemon.ts";

let upstream: FakeUpstream;
const started: TestDaemon[] = [];
const folders: string[] = [];

beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());
afterEach(async () => {
  for (const daemon of started.splice(0)) await daemon.stop();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function start(options: TestDaemonOptions = {}): Promise<TestDaemon> {
  const daemon = await startTestDaemon({ upstream, ...options });
  started.push(daemon);
  return daemon;
}

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "claws-state-"));
  folders.push(folder);
  return folder;
}

const put = (daemon: TestDaemon, version: number, value: string): ReturnType<TestDaemon["call"]> =>
  daemon.call("POST", "/v1/keys/put", { name: "anthropic", provider: "anthropic", version, value });

/** Asks the model through the daemon's broker; the status and text of the answer. */
async function ask(
  daemon: TestDaemon,
  headers: Record<string, string> = { "x-api-key": daemon.token },
): Promise<readonly [number, string]> {
  const answer = await fetch(`${daemon.brokerUrl}/anthropic/v1/messages`, { method: "POST", headers, body: "{}" });
  return [answer.status, await answer.text()];
}

/** Makes the provider answer with the key that it saw. */
function answerWithKeyNumber(): void {
  upstream.answer((asked, response) => response.end(String(asked.headers["x-api-key"]).replace("sk-", "saw ")));
}

describe("the daemon", () => {
  it("serves the workload with the pushed key and seals again when it is revoked", async () => {
    answerWithKeyNumber();
    const daemon = await start();
    expect((await ask(daemon))[0]).toBe(503);

    await put(daemon, 1, "sk-one");
    expect(await ask(daemon)).toEqual([200, "saw one"]);
    await daemon.call("POST", "/v1/keys/revoke", { name: "anthropic" });
    expect((await ask(daemon))[0]).toBe(503);
  });

  it("hands the placeholder to the workload's group only, and takes it away at its end", async () => {
    const daemon = await start();
    const path = join(daemon.stateFolder, "agent-token");

    expect(daemon.token).toMatch(/^agt_[A-Za-z0-9_-]{43}$/);
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    await daemon.daemon.stop(0);
    await expect(stat(path)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("makes another placeholder and another boot ID at each start, and knows the old one no more", async () => {
    const first = await start();
    const second = await start();

    expect(second.token).not.toBe(first.token);
    expect(second.bootId).not.toBe(first.bootId);
    expect((await ask(second, { "x-api-key": first.token }))[0]).toBe(401);
  });

  it("gives other fingerprints for the same value at each start", async () => {
    const replies = await Promise.all([await start(), await start()].map((daemon) => put(daemon, 1, "sk-one")));
    const [first, second] = replies.map(({ body }) => (body as { fingerprint: string }).fingerprint);

    expect(first).not.toBe(second);
  });

  it("rotates under load: streams under way keep the old key, new requests get the new one, none fails", async () => {
    const streams: { key: string; response: ServerResponse }[] = [];
    const daemon = await start();
    await put(daemon, 1, "sk-one");
    const allOpen = new Promise<void>((resolve) =>
      upstream.answer((asked, response) => {
        response.write("begin ");
        streams.push({ key: String(asked.headers["x-api-key"]), response });
        if (streams.length === 50) resolve();
      }),
    );
    const answers = Array.from({ length: 50 }, () => ask(daemon));
    await allOpen;
    await put(daemon, 2, "sk-two");
    await daemon.call("POST", "/v1/keys/activate", { name: "anthropic", version: 2 });
    await daemon.call("POST", "/v1/keys/revoke", { name: "anthropic", version: 1 });
    answerWithKeyNumber();
    expect(await ask(daemon)).toEqual([200, "saw two"]);

    for (const { response } of streams) response.end("end");
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 50 }, () => [200, "begin end"]));
    expect(new Set(streams.map(({ key }) => key))).toEqual(new Set(["sk-one"]));
  });

  it("starts sealed after each start, and still remembers what was revoked and replaced", async () => {
    const stateFolder = await makeFolder();
    const first = await start({ stateFolder });
    await put(first, 1, "sk-one");
    await put(first, 2, "sk-two");
    await first.call("POST", "/v1/keys/revoke", { name: "anthropic", version: 2 });
    await first.stop();
    started.splice(0);

    const second = await start({ stateFolder });
    expect((await second.call("GET", "/v1/status")).body).toMatchObject({
      state: "sealed",
      keys: [],
      seen: [{ name: "anthropic", highest: 2 }],
      auditSequence: 5,
    });
    expect((await put(second, 2, "sk-two")).body).toMatchObject({ code: "revoked-version" });
    expect((await put(second, 1, "sk-one")).body).toMatchObject({ code: "stale-version" });
    expect((await put(second, 3, "sk-three")).status).toBe(200);
    expect((await second.audit()).map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("takes the same version again after a restart, as a watcher pushes it", async () => {
    const stateFolder = await makeFolder();
    const first = await start({ stateFolder });
    await put(first, 7, "sk-seven");
    await first.stop();
    started.splice(0);
    const second = await start({ stateFolder });

    expect((await put(second, 7, "sk-seven")).body).toMatchObject({ changed: true, active: 7 });
  });

  it("refuses to start on a broken audit log", async () => {
    const stateFolder = await makeFolder();
    await appendFile(join(stateFolder, "audit.jsonl"), "{}\n");

    await expect(start({ stateFolder })).rejects.toThrow("the chain breaks at line 1");
  });

  it("writes no value to its folders or its journal", async () => {
    const stateFolder = await makeFolder();
    const daemon = await start({ stateFolder });
    await put(daemon, 1, "sk-canary-7d1f");
    await put(daemon, 1, "sk-canary-other");
    upstream.answer((_asked, response) => response.writeHead(401).end("bad key sk-canary-7d1f"));
    const [, text] = await ask(daemon);
    const audit = await readFile(join(stateFolder, "audit.jsonl"), "utf8");

    expect(text).toBe("bad key [REDACTED]");
    for (const written of [audit, JSON.stringify(daemon.lines)]) expect(written).not.toMatch(/canary|7d1f/);
  });

  it("lets a stream end when it stops, refuses new requests meanwhile, and then forgets the keys", async () => {
    const daemon = await start();
    await put(daemon, 1, "sk-one");
    const opened = new Promise<ServerResponse>((resolve) =>
      upstream.answer((_asked, response) => {
        response.write("begin ");
        resolve(response);
      }),
    );
    const answer = ask(daemon);
    const response = await opened;
    const stopped = daemon.daemon.stop(60_000);
    await expect(ask(daemon)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
    response.end("end");

    expect(await answer).toEqual([200, "begin end"]);
    await stopped;
    expect(daemon.lines.at(-1)).toEqual({ event: "stopped" });
  });

  it("records what it refuses while it stops, and then how many refusals have no line", async () => {
    const daemon = await start({ stateFolder: await makeFolder() });
    for (let call = 0; call < REFUSALS_PER_CALLER + 3; call += 1) await daemon.call("DELETE", "/v1/status");
    expect(await daemon.audit()).toHaveLength(1 + REFUSALS_PER_CALLER);

    await daemon.daemon.stop(0);
    const last = (await daemon.audit()).at(-1);
    expect(last).toMatchObject({ action: "refusals", allowed: false, code: "left-out", count: 3 });
    const again = await start({ stateFolder: daemon.stateFolder });
    expect((await again.audit()).at(-1)).toMatchObject({ action: "start", sequence: (last?.sequence ?? 0) + 1 });

    // The head of the second request is half there when the daemon is told to stop.
    const port = Number(new URL(again.url).port);
    const head = `Host: 127.0.0.1:${port}\r\nSec-Claws-No-Browsers: 1\r\n`;
    const socket = connect(port, "127.0.0.1");
    socket.write(`GET /v1/status HTTP/1.1\r\n${head}\r\nPOST /v1/wipe HTTP/1.1\r\n${head}`);
    await once(socket, "data");
    const stopped = again.daemon.stop(60_000);
    socket.write("Connection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
    const [answer] = (await once(socket, "data")) as [Buffer];
    await stopped;
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 503 .*"code":"stopping"/s);
    const entry = (await again.audit()).at(-1);
    expect(entry).toMatchObject({ action: "wipe", allowed: false, code: "stopping", caller: { address: "127.0.0.1" } });
  });

  it("cuts a stream that does not end in time, with a reset or a cut that shows", async () => {
    const daemon = await start();
    await put(daemon, 1, "sk-one");
    const opened = new Promise<ServerResponse>((resolve) =>
      upstream.answer((_asked, response) => void response.write("begin", () => resolve(response))),
    );
    const failed = new Promise((resolve) => {
      const headers = { "x-api-key": daemon.token, "content-length": "2" };
      const question = request(
        `${daemon.brokerUrl}/anthropic/v1/messages`,
        { method: "POST", headers, agent: false },
        (answer) => {
          answer.resume().once("error", resolve);
        },
      );
      question.once("error", resolve);
      question.end("{}");
    });
    await opened;
    await daemon.daemon.stop(0);

    expect(await failed).toMatchObject({ code: "ECONNRESET" });
  });
});

describe("the daemon and its tailnet", () => {
  /** A tailnet whose status is set by the test, and a clock that the test moves. */
  function steerable(first: Partial<TailnetStatus>): {
    options: TestDaemonOptions;
    set(change: Partial<TailnetStatus>): void;
    tick(): Promise<void>;
  } {
    let status: TailnetStatus = { ...RUNNING, ...first };
    let wake: (() => void) | null = null;
    let asleep: (() => void) | null = null;
    const wait = (_milliseconds: number, signal: AbortSignal): Promise<void> =>
      new Promise((resolve, reject) => {
        wake = resolve;
        signal.addEventListener("abort", () => reject(new Error("aborted")));
        asleep?.();
      });
    return {
      options: { status: () => Promise.resolve(status), wait },
      set: (change) => (status = { ...status, ...change }),
      tick: () =>
        new Promise((resolve) => {
          asleep = resolve;
          wake?.();
        }),
    };
  }

  const addresses = (daemon: TestDaemon): readonly unknown[] =>
    daemon.daemon.controlServers().map((server) => server.address());

  it("listens on tailnet addresses only, follows when they change, and never listens on all", async () => {
    const tailnet = steerable({ addresses: ["127.0.0.1", "0.0.0.0", "::"] });
    const daemon = await start(tailnet.options);
    expect(addresses(daemon)).toEqual([expect.objectContaining({ address: "127.0.0.1" })]);
    expect(daemon.lines.filter(({ event }) => event === "listen-refused").map((line) => line["address"])).toEqual([
      "0.0.0.0",
      "::",
    ]);

    tailnet.set({ addresses: ["127.0.0.2"] });
    await tailnet.tick();
    expect(addresses(daemon)).toEqual([expect.objectContaining({ address: "127.0.0.2" })]);
  });

  it("tries an address again that cannot be bound yet", async () => {
    const tailnet = steerable({ addresses: ["192.0.2.77", "127.0.0.1"] });
    const daemon = await start(tailnet.options);
    expect(addresses(daemon)).toHaveLength(1);

    await tailnet.tick();
    const failures = daemon.lines.filter(({ event }) => event === "listen-failed");
    expect(failures.map((line) => [line["address"], line["code"]])).toEqual([
      ["192.0.2.77", "EADDRNOTAVAIL"],
      ["192.0.2.77", "EADDRNOTAVAIL"],
    ]);
  });

  it("keeps its listeners while tailscaled is away", async () => {
    const tailnet = steerable({});
    const daemon = await start(tailnet.options);
    tailnet.set({ isRunning: false, addresses: [] });
    await tailnet.tick();

    expect(addresses(daemon)).toHaveLength(1);
    expect((await daemon.call("GET", "/v1/status")).status).toBe(200);
  });

  it("denies everybody once its own node has lost its tag", async () => {
    const tailnet = steerable({});
    const daemon = await start(tailnet.options);
    tailnet.set({ self: { ...RUNNING.self, tags: [] } });
    await tailnet.tick();

    expect((await daemon.call("GET", "/v1/status")).status).toBe(403);
  });

  it("refuses userspace networking at the start", async () => {
    await expect(start({ status: () => Promise.resolve({ ...RUNNING, hasTun: false }) })).rejects.toThrow(
      "refusing to run: tailscaled uses userspace networking, which turns strangers on the tailnet into local callers",
    );
  });

  it("ends its watch with an error when userspace networking comes later", async () => {
    const tailnet = steerable({});
    const daemon = await startTestDaemon(tailnet.options);
    tailnet.set({ hasTun: false });
    void tailnet.tick();

    await expect(daemon.daemon.watching).rejects.toThrow("userspace networking");
    await daemon.daemon.stop(0);
    await rm(daemon.stateFolder, { recursive: true });
  });

  it("serves the workload, sealed, while it waits for the tailnet", async () => {
    const tailnet = steerable({ isRunning: false });
    const starting = start(tailnet.options);
    await tailnet.tick();
    tailnet.set({ isRunning: true });
    void tailnet.tick();
    const daemon = await starting;

    expect(daemon.lines.map(({ event }) => event)).toEqual(["broker-listening", "waiting-for-tailnet", "listening"]);
    expect(portOf(daemon.daemon.controlServers()[0] ?? (undefined as never))).toBeGreaterThan(0);
  });
});
