// SPDX-License-Identifier: Apache-2.0
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { scratchFolder } from "../support/scratchFolder.ts";
import { filesBelow, holdersOf } from "./support/canarySearch.ts";
import { callControl, createDaemonHome, FACTS, type DaemonHome } from "./support/daemonProcess.ts";
import { plantFaults } from "./support/faultyProgram.ts";
import { putOf } from "./support/pushRequests.ts";

const CANARY = "sk-ant-canary-Hd4Kf8Gs2B";
const folder = scratchFolder();
let home: DaemonHome;
beforeEach(async () => {
  home = await createDaemonHome();
});
afterEach(() => home.close());

describe("an error that nobody expected", () => {
  const message = `"cannot send ${CANARY} to api"`;

  it.each<[string, string, RegExp]>([
    [
      "is thrown in a callback",
      `setImmediate(() => { throw new TypeError(${message}); })`,
      /^fatal: TypeError\n {4}at /,
    ],
    [
      "rejects a promise that nobody awaits",
      `Promise.reject(new RangeError(${message}))`,
      /^fatal: RangeError\n {4}at /,
    ],
    [
      "carries a code and the value as its cause",
      `setImmediate(() => { throw Object.assign(new Error(${message}, { cause: ${message} }), { code: "EPIPE", value: ${message} }); })`,
      /^fatal: Error EPIPE\n {4}at /,
    ],
    [
      "is the value itself",
      `setImmediate(() => { throw ${message}; })`,
      /^fatal: something was thrown that is no error\n$/,
    ],
    ["rejects with the value itself", `Promise.reject(${message})`, /^fatal: something was thrown that is no error\n$/],
    [
      "is thrown by a stream without a listener",
      `new (process.getBuiltinModule("node:events"))().emit("error", new Error(${message}))`,
      /^fatal: Error\n {4}at /,
    ],
    [
      "overflows the stack",
      "const dive = (text) => dive(text + 1) + 1; setImmediate(() => dive(''))",
      /^fatal: RangeError\n {4}at /,
    ],
  ])(
    "42 that %s is told by class and place without a value, and ends the daemon with 1",
    async (_name, code, expected) => {
      const main = await plantFaults(folder(), { SIGUSR2: code });
      const daemon = home.start({ main });
      await daemon.call("POST", "/v1/keys/put", putOf(1, CANARY));
      daemon.child.kill("SIGUSR2");

      expect(await daemon.ended).toBe(1);
      expect(daemon.errors).toMatch(expected);
      const { output, errors } = daemon;
      expect(holdersOf(CANARY, { ...(await filesBelow(home.folder)), output, errors })).toEqual([]);

      const next = home.start();
      expect((await next.call("GET", "/v1/status")).body).toMatchObject({ state: "sealed", auditSequence: 3 });
    },
  );
});

describe("input that is made to overflow the stack", () => {
  const deep = "[".repeat(60_000);
  const deepObjects = '{"a":'.repeat(10_000);

  it.each([deep, deepObjects])("42 is refused by the control API and by the broker, and both go on", async (text) => {
    const daemon = home.start();
    const control = await daemon.port("listening");
    const broker = await daemon.port("broker-listening");
    const headers = { "sec-claws-no-browsers": "1", "content-type": "application/json" };
    for (const path of ["/v1/keys/put", "/v1/keys/activate", "/v1/keys/revoke", "/v1/wipe"]) {
      const reply = await fetch(`http://127.0.0.1:${control}${path}`, { method: "POST", headers, body: text });
      expect([path, reply.status]).toEqual([path, 400]);
    }
    const asked = await fetch(`http://127.0.0.1:${broker}/anthropic/v1/messages`, { method: "POST", body: text });

    expect(asked.status).toBe(401);
    expect((await callControl(control, "GET", "/v1/status")).status).toBe(200);
    expect(daemon.errors).toBe("");
  });

  it.each([deep, deepObjects])(
    "42 in tailscaled's answer about a caller is an identity that is not available",
    async (text) => {
      const daemon = home.start();
      const control = await daemon.port("listening");
      home.localApi.whois = (_request, response) => response.end(text);

      expect((await callControl(control, "GET", "/v1/status")).status).toBe(503);
      expect([daemon.child.exitCode, daemon.errors]).toEqual([null, ""]);
    },
  );

  it.each([deep, deepObjects])("42 in the agent's facts ends the daemon with 1 and one line", async (text) => {
    await writeFile(join(home.folder, "agent.json"), text);
    const daemon = home.start();

    expect(await daemon.ended).toBe(1);
    expect(daemon.errors).toMatch(/^clawsd: error: cannot read the agent's facts "agent.json": [^\n]{1,200}\n$/);
  });

  it("42 in the audit log ends the daemon with 1 and one line", async () => {
    await appendFile(join(home.folder, "audit.jsonl"), `${deep}\n`);
    const daemon = home.start();

    expect(await daemon.ended).toBe(1);
    expect(daemon.errors).toMatch(/^clawsd: error: cannot use the audit log [^\n]*the chain breaks at line 1[^\n]*\n$/);
  });

  it("42 in facts of another agent's making is refused by name, not by value", async () => {
    await writeFile(join(home.folder, "agent.json"), JSON.stringify({ ...FACTS, apiKey: CANARY }));
    const daemon = home.start();

    expect(await daemon.ended).toBe(1);
    expect(daemon.errors).toContain("must not have the member apiKey");
    expect(daemon.errors).not.toContain(CANARY);
  });
});
