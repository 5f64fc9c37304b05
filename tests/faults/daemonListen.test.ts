// SPDX-License-Identifier: Apache-2.0
import type { TailnetStatus } from "../../agent-image/daemon/tailnetStatus.ts";
import { statusDocument, startFakeLocalApi } from "../support/fakeLocalApi.ts";
import { startFakeUpstream, type FakeUpstream } from "../support/fakeUpstream.ts";
import { RUNNING, startTestDaemon } from "../support/testDaemon.ts";
import { serveBadly } from "./support/badServers.ts";
import { createDaemonHome, type DaemonHome } from "./support/daemonProcess.ts";
import { listeningSockets } from "./support/listeningSockets.ts";

let upstream: FakeUpstream;
let home: DaemonHome;
beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());
beforeEach(async () => {
  home = await createDaemonHome();
});
afterEach(() => home.close());

describe("a tailnet that is late", () => {
  it("40 by a minute is waited for with pauses of at most two seconds, and then its address is bound and no other", async () => {
    let waited = 0;
    const pauses: number[] = [];
    const late: TailnetStatus = { ...RUNNING, isRunning: false, addresses: [] };
    const daemon = await startTestDaemon({
      upstream,
      status: () => Promise.resolve(waited < 60_000 ? late : RUNNING),
      wait: (milliseconds, signal) => {
        if (waited >= 60_000)
          return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("ended"))));
        waited += milliseconds;
        pauses.push(milliseconds);
        return Promise.resolve();
      },
    });

    expect(pauses.length).toBeGreaterThan(30);
    expect(Math.max(...pauses)).toBe(2000);
    expect(daemon.lines.map(({ event, address }) => [event, address])).toEqual([
      ["broker-listening", undefined],
      ["waiting-for-tailnet", undefined],
      ["listening", "127.0.0.1"],
    ]);
    expect((await daemon.call("GET", "/v1/status")).status).toBe(200);
    await daemon.stop();
  });

  it.each<[string, Record<string, unknown>]>([
    ["has not joined", { BackendState: "NeedsLogin", TailscaleIPs: null }],
    ["is stopped", { BackendState: "Stopped" }],
    ["has no address", { TailscaleIPs: [] }],
    ["has no identity", { Self: { ID: "", DNSName: "" } }],
  ])("40 because it %s leaves the control port closed and the broker alone on loopback", async (_name, document) => {
    home.localApi.status = statusDocument(document);
    const daemon = home.start();
    const broker = await daemon.port("broker-listening");
    await daemon.says("waiting-for-tailnet");
    expect(await listeningSockets(daemon.pid)).toEqual([`127.0.0.1:${broker}`]);

    home.localApi.status = statusDocument();
    const control = await daemon.port("listening");
    expect(await listeningSockets(daemon.pid)).toEqual([`127.0.0.1:${broker}`, `127.0.0.1:${control}`].sort());
  });

  it("40 because tailscaled itself is not there yet is waited for", async () => {
    await home.localApi.close();
    const daemon = home.start();
    const broker = await daemon.port("broker-listening");
    expect(await listeningSockets(daemon.pid)).toEqual([`127.0.0.1:${broker}`]);
    const late = await startFakeLocalApi(home.localApi.socketPath);
    await daemon.port("listening");

    expect((await daemon.call("GET", "/v1/status")).status).toBe(200);
    await late.close();
  });
});

describe("an address of the tailnet", () => {
  it("40 that is not on an interface yet is tried again, and the others are served meanwhile", async () => {
    home.localApi.status = statusDocument({ TailscaleIPs: ["192.0.2.77", "127.0.0.1"] });
    const daemon = home.start();
    await daemon.port("listening");

    expect(daemon.output).toContain(
      '{"event":"listen-failed","address":"192.0.2.77","port":0,"code":"EADDRNOTAVAIL"}\n',
    );
    expect((await daemon.call("GET", "/v1/status")).status).toBe(200);
  });

  it("40 whose port is taken is bound as soon as the port is free", async () => {
    const holder = await serveBadly((socket) => socket.end("not the daemon"));
    const daemon = home.start({ flags: ["--control-port", String(holder.port)] });
    await daemon.says(`"event":"listen-failed","address":"127.0.0.1","port":${holder.port},"code":"EADDRINUSE"`);
    expect(await listeningSockets(daemon.pid)).toEqual([`127.0.0.1:${await daemon.port("broker-listening")}`]);
    holder.close();

    expect(await daemon.port("listening")).toBe(holder.port);
    expect((await daemon.call("GET", "/v1/status")).status).toBe(200);
  });

  it.each([
    "0.0.0.0",
    "::",
    "::ffff:0.0.0.0",
    "::ffff:127.0.0.1",
    "0.1.2.3",
    "224.0.0.1",
    "255.255.255.255",
    "ff02::1",
  ])("40 that stands for more than one, %s, is never bound", async (address) => {
    home.localApi.status = statusDocument({ TailscaleIPs: [address, "127.0.0.1"] });
    const daemon = home.start();
    const control = await daemon.port("listening");
    const broker = await daemon.port("broker-listening");

    expect(daemon.output).toContain(`{"event":"listen-refused","address":"${address}"}\n`);
    expect(await listeningSockets(daemon.pid)).toEqual([`127.0.0.1:${broker}`, `127.0.0.1:${control}`].sort());
  });
});

describe("the broker's port", () => {
  it("40 that is taken ends the daemon with 1 in place of another port", async () => {
    const holder = await serveBadly((socket) => socket.end());
    const daemon = home.start({ flags: ["--broker-port", String(holder.port)] });

    expect(await daemon.ended).toBe(1);
    expect(daemon.errors).toMatch(/^clawsd: error: .*EADDRINUSE.*\n$/);
    holder.close();
  });
});
