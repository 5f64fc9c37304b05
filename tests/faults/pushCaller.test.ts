// SPDX-License-Identifier: Apache-2.0
import type { Whois } from "../../agent-image/daemon/whois.ts";
import { startFakeUpstream, type FakeUpstream } from "../support/fakeUpstream.ts";
import { sendRaw, statusesIn } from "../support/rawHttp.ts";
import { OPERATOR, startTestDaemon, type TestDaemon } from "../support/testDaemon.ts";
import { createDaemonHome, type DaemonHome } from "./support/daemonProcess.ts";
import { audited, heldVersions, put, putOf } from "./support/pushRequests.ts";

let upstream: FakeUpstream;
let daemon: TestDaemon;
let caller: Whois | undefined;
let asked: string[];
beforeAll(async () => {
  upstream = await startFakeUpstream();
});
afterAll(() => upstream.close());
beforeEach(async () => {
  caller = OPERATOR;
  asked = [];
  daemon = await startTestDaemon({
    upstream,
    whois: (address) => {
      asked.push(address);
      return Promise.resolve(caller);
    },
  });
});
afterEach(() => daemon.stop());

const CHANGES: readonly (readonly [string, string, unknown])[] = [
  ["put", "/v1/keys/put", putOf(1)],
  ["activate", "/v1/keys/activate", { name: "anthropic", version: 1 }],
  ["revoke", "/v1/keys/revoke", { name: "anthropic" }],
  ["wipe", "/v1/wipe", {}],
];

/** Tries every change as the caller of the moment, and says what each was answered with. */
async function tryEverything(headers: Readonly<Record<string, string>> = {}): Promise<readonly unknown[]> {
  const replies = [];
  for (const [action, path, body] of CHANGES) {
    const { status, body: answer } = await daemon.call("POST", path, body, headers);
    replies.push([action, status, (answer as { code?: string }).code]);
  }
  return replies;
}

const DENIED = CHANGES.map(([action]) => [action, 403, "access-denied"]);

describe("a push by the wrong peer", () => {
  const full = OPERATOR.capability;

  it.each<[string, Whois | undefined]>([
    ["an agent, even one with a grant by mistake", { ...OPERATOR, tags: ["tag:agent"], login: null, capability: full }],
    ["the agent's own node", { ...OPERATOR, nodeId: "nAGENT", capability: full }],
    ["a node that took the operator's name", { ...OPERATOR, nodeId: "nTHIEF", capability: [] }],
    ["a node that took the operator's name and login", { ...OPERATOR, nodeId: "nTHIEF", isShared: true }],
    ["a node whose key has expired", { ...OPERATOR, isExpired: true }],
    ["a node behind a subnet router", { ...OPERATOR, addresses: ["100.64.0.9"] }],
    ["nobody whom tailscaled knows", undefined],
  ])("32 as %s is denied, recorded under the peer's own ID, and changes nothing", async (_name, whois) => {
    await put(daemon, 1);
    caller = whois;
    expect(await tryEverything()).toEqual(DENIED);
    const refused = (await daemon.audit()).filter(({ code }) => code === "access-denied");

    expect(refused.map(({ action }) => action)).toEqual(["put", "activate", "revoke", "wipe"]);
    expect(new Set(refused.map(({ caller: who }) => who.nodeId))).toEqual(new Set([whois?.nodeId ?? ""]));
    caller = OPERATOR;
    expect(await heldVersions(daemon)).toEqual({ anthropic: [1] });
  });

  it.each([
    ["tailscale-user-login", "op@lab.example"],
    ["tailscale-user-name", "Op"],
    ["x-forwarded-for", "127.0.0.1"],
    ["forwarded", "for=127.0.0.1"],
    ["x-real-ip", "127.0.0.1"],
    ["x-webauth-user", "op@lab.example"],
    ["x-tailscale-node", "nOPERATOR"],
    ["authorization", "Bearer op"],
    ["cookie", "session=op"],
  ])("32 is not helped by the header %s", async (name, value) => {
    caller = { ...OPERATOR, nodeId: "nTHIEF", capability: [] };

    expect(await tryEverything({ [name]: value })).toEqual(DENIED);
    expect(new Set(asked)).toEqual(new Set(["127.0.0.1"]));
  });

  it("32 is not helped by the operator's name or address in Host", async () => {
    caller = { ...OPERATOR, nodeId: "nTHIEF", capability: [] };
    const body = JSON.stringify(putOf(1));
    for (const host of ["laptop.lab.example", "100.64.0.1:7440", `127.0.0.1:${new URL(daemon.url).port}`]) {
      const head = `POST /v1/keys/put HTTP/1.1\r\nHost: ${host}\r\nSec-Claws-No-Browsers: 1\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
      const { text } = await sendRaw(Number(new URL(daemon.url).port), head, body);
      expect(statusesIn(text)).toEqual([host.startsWith("127") ? 403 : 421]);
    }
    caller = OPERATOR;
    expect(await heldVersions(daemon)).toEqual({});
  });

  it("32 is asked about by the socket's own address, in the real program too", async () => {
    const home: DaemonHome = await createDaemonHome();
    try {
      const running = home.start();
      home.localApi.whois = (_request, response) => response.writeHead(404).end("no match for IP:port");
      expect((await running.call("POST", "/v1/keys/put", putOf(1))).status).toBe(403);
      const questions = home.localApi.asked.filter((target) => target.includes("whois"));

      expect(questions).toEqual([expect.stringMatching(/^\/localapi\/v0\/whois\?proto=tcp&addr=127\.0\.0\.1%3A\d+$/)]);
    } finally {
      await home.close();
    }
  });
});

describe("a browser that is led to the daemon", () => {
  it.each([
    ["origin", "https://evil.example"],
    ["origin", "null"],
    ["origin", "http://a1.lab.example:7440"],
    ["referer", "https://evil.example/page"],
    ["sec-fetch-site", "cross-site"],
    ["sec-fetch-site", "same-origin"],
    ["sec-fetch-site", "none"],
    ["sec-claws-no-browsers", ""],
    ["sec-claws-no-browsers", "0"],
  ])("33 is refused for its header %s: %s", async (name, value) => {
    expect(await tryEverything({ [name]: value })).toEqual(CHANGES.map(([action]) => [action, 403, "browser-refused"]));
    expect(await heldVersions(daemon)).toEqual({});
  });

  it.each([
    ["a rebound name", "evil.example"],
    ["a rebound name with the port", "evil.example:@"],
    ["another port", "127.0.0.1:1"],
    ["no port", "127.0.0.1"],
    ["localhost", "localhost:@"],
    ["all addresses", "0.0.0.0:@"],
    ["a name that begins like ours", "a1.lab.example.evil.example:@"],
    ["a trailing dot", "a1.lab.example.:@"],
    ["a user in front", "a1@127.0.0.1:@"],
    ["an address in other digits", "2130706433:@"],
    ["an empty name", ""],
  ])("33 is misdirected with %s as Host", async (_name, host) => {
    const port = Number(new URL(daemon.url).port);
    const head = `POST /v1/wipe HTTP/1.1\r\nHost: ${host.replace("@", String(port))}\r\nSec-Claws-No-Browsers: 1\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n`;
    const { text } = await sendRaw(port, head, "{}");

    expect(statusesIn(text)).toEqual([421]);
    expect(await audited(daemon)).toEqual([["wipe", null, null, "wrong-host"]]);
  });

  it("33 gets no permission from a preflight, and no answer that a page may read", async () => {
    const preflight = await daemon.call("OPTIONS", "/v1/keys/put", undefined, {
      origin: "https://evil.example",
      "access-control-request-method": "POST",
      "access-control-request-headers": "sec-claws-no-browsers",
    });
    const cross = await daemon.call("GET", "/v1/status", undefined, { origin: "https://evil.example" });

    expect([preflight.status, cross.status]).toEqual([405, 403]);
    for (const { headers } of [preflight, cross])
      expect([...headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  it.each(["evil.example", "evil.example:@", "0.0.0.0:@", "127.0.0.1", "[::1]:@", "a1.lab.example:@"])(
    "33 is misdirected at the broker too with %s as Host",
    async (host) => {
      const port = Number(new URL(daemon.brokerUrl).port);
      const head = `POST /anthropic/v1/messages HTTP/1.1\r\nHost: ${host.replace("@", String(port))}\r\nx-api-key: ${daemon.token}\r\nConnection: close\r\nContent-Length: 2\r\n\r\n`;
      const { text } = await sendRaw(port, head, "{}");

      expect(statusesIn(text)).toEqual([421]);
      expect(text).toContain("x-claws-broker-error: wrong-host");
    },
  );
});
