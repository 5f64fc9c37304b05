// SPDX-License-Identifier: Apache-2.0
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { filesBelow, holdersOf, processTexts } from "./support/canarySearch.ts";
import { createDaemonHome, type DaemonHome, type DaemonProcess } from "./support/daemonProcess.ts";
import { putOf } from "./support/pushRequests.ts";

const CANARY = "sk-ant-canary-Zq8Lw2Xv5N";
const UNIT = join(import.meta.dirname, "../../agent-image/files/etc/systemd/system/clawsd.service");
let home: DaemonHome;
beforeEach(async () => {
  home = await createDaemonHome();
});
afterEach(() => home.close());

/** Asks the model through the broker as the workload does. */
async function askBroker(daemon: DaemonProcess): Promise<{ status: number; code: unknown; retryAfter: string | null }> {
  const port = await daemon.port("broker-listening");
  const token = await readFile(join(home.folder, "agent-token"), "utf8");
  const headers = { "x-api-key": token, "content-type": "application/json" };
  const answer = await fetch(`http://127.0.0.1:${port}/anthropic/v1/messages`, { method: "POST", headers, body: "{}" });
  await answer.text();
  const { status } = answer;
  return { status, code: answer.headers.get("x-claws-broker-error"), retryAfter: answer.headers.get("retry-after") };
}

/** A daemon that was given the canary, may write a core and is then ended by the signal. */
async function crash(signal: NodeJS.Signals): Promise<DaemonProcess> {
  const daemon = home.start({ wrapper: ["prlimit", "--core=unlimited:unlimited"] });
  expect((await daemon.call("POST", "/v1/keys/put", putOf(3, CANARY))).status).toBe(200);
  expect((await daemon.call("GET", "/v1/status")).body).toMatchObject({ state: "open" });
  daemon.child.kill(signal);
  expect(await daemon.ended).toBe(signal);
  return daemon;
}

// The kernel ends a process that has used up memory with SIGKILL, V8 itself with SIGABRT, and a fault in native code is a SIGSEGV.
describe.each(["SIGKILL", "SIGABRT", "SIGSEGV"] as const)("a daemon that is ended by %s", (signal) => {
  it("38 comes back locked, says so to the workload and the operator, and takes the same push again", async () => {
    await crash(signal);
    const next = home.start();

    expect(await askBroker(next)).toEqual({ status: 503, code: "sealed", retryAfter: "30" });
    expect((await next.call("GET", "/v1/status")).body).toMatchObject({
      state: "sealed",
      keys: [],
      seen: [{ name: "anthropic", highest: 3 }],
    });
    expect((await next.call("POST", "/v1/keys/put", putOf(3, CANARY))).body).toMatchObject({ active: 3 });
    expect((await next.call("GET", "/v1/status")).body).toMatchObject({ state: "open" });
  });

  it("38 leaves nothing of the key in its files, its core, its journal or any process's environment", async () => {
    const { output, errors } = await crash(signal);
    const files = await filesBelow(home.folder);

    expect(Object.keys(files)).toContain(join(home.folder, "audit.jsonl"));
    expect(holdersOf(CANARY, { ...files, ...(await processTexts()), output, errors })).toEqual([]);
  });

  it("38 leaves an audit log whose chain the next start follows", async () => {
    await crash(signal);
    const next = home.start();

    expect((await next.call("GET", "/v1/status")).body).toMatchObject({ auditSequence: 3 });
  });
});

describe("a power cut", () => {
  it("38 in the middle of an audit line leaves a log of which the next start drops the half line", async () => {
    await crash("SIGKILL");
    const path = join(home.folder, "audit.jsonl");
    const whole = await readFile(path, "utf8");
    await writeFile(path, `${whole}{"sequence":3,"time":"2026-`);
    const next = home.start();

    expect((await next.call("GET", "/v1/status")).body).toMatchObject({ state: "sealed", auditSequence: 3 });
    const lines = (await readFile(path, "utf8")).split("\n");
    expect(lines.slice(0, 2)).toEqual(whole.split("\n").slice(0, 2));
    expect(lines.slice(2)).toEqual([expect.stringMatching(/^{"sequence":3,.*"action":"start"/), ""]);
  });
});

describe("the search for a canary", () => {
  it("38 would find it in a file, a core or a command line", async () => {
    await writeFile(join(home.folder, "core"), Buffer.from(`\0\0key=${CANARY}\0`).toString("base64"));
    const holder = home.start({ environment: { NODE_ENV: CANARY }, flags: ["--socket", CANARY] });
    await holder.says("broker-listening");
    const found = holdersOf(CANARY, { ...(await filesBelow(home.folder)), ...(await processTexts()) });

    expect(found).toEqual(
      expect.arrayContaining([join(home.folder, "core"), `/proc/${holder.pid}/environ`, `/proc/${holder.pid}/cmdline`]),
    );
  });
});

describe("the daemon's unit", () => {
  it("38 starts it again within two seconds, for ever, with growing pauses, and lets no core be written", async () => {
    const settings = (await readFile(UNIT, "utf8")).split("\n");

    for (const line of [
      "Restart=always",
      "RestartSec=500ms",
      "StartLimitIntervalSec=0",
      "LimitCORE=0",
      "MemorySwapMax=0",
    ])
      expect(settings).toContain(line);
    expect(settings).toEqual(expect.arrayContaining(["RestartSteps=8", "RestartMaxDelaySec=30s"]));
  });
});
