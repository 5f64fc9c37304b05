// SPDX-License-Identifier: Apache-2.0
// Attacks on the panel by name, as raw requests: what each kind of browser would send. The same attacks in Chromium are in panelAttacks.test.ts.
import type { Whois } from "../../../../agent-image/daemon/whois.ts";
import { CONTROL_ERRORS, type ControlErrorCode } from "../../../../protocol/errorReply.ts";
import {
  openSession,
  ownHeaders,
  sendRequest,
  type PanelAnswer,
  type PanelRequest,
} from "../../../support/panelRequests.ts";
import { OPERATOR, startTestDaemon, type TestDaemon } from "../../../support/testDaemon.ts";

const PUT = { name: "openai", provider: "openai", version: 1, value: "sk-canary-1" };
const EVIL = "http://evil.example:7440";

let daemon: TestDaemon;
let whois: Whois | undefined;
let token: string;

beforeEach(async () => {
  whois = OPERATOR;
  daemon = await startTestDaemon({ whois: () => Promise.resolve(whois) });
  token = await openSession(daemon);
});
afterEach(() => daemon.stop());

const send = (path: string, options?: PanelRequest): Promise<PanelAnswer> => sendRequest(daemon.url + path, options);

/** The page's own put, with headers changed as an attack would have them. */
const put = (headers: Readonly<Record<string, string | undefined>> = {}): Promise<PanelAnswer> =>
  send("/panel/v1/keys/put", {
    ...{ method: "POST", body: JSON.stringify(PUT) },
    headers: { ...ownHeaders(daemon, token), ...headers },
  });

const session = (headers: Readonly<Record<string, string | undefined>> = {}): Promise<PanelAnswer> =>
  send("/panel/session", { method: "POST", body: "{}", headers: { ...ownHeaders(daemon), ...headers } });

function expectRefusal({ status, json }: PanelAnswer, code: ControlErrorCode): void {
  expect([status, json]).toEqual([CONTROL_ERRORS[code].status, { error: CONTROL_ERRORS[code].text, code }]);
}

async function expectNothingDone(): Promise<void> {
  const allowed = (await daemon.audit()).filter((entry) => entry.allowed).map(({ action }) => action);
  expect(allowed).toEqual(["start"]);
}

describe("the page's own call", () => {
  it("passes without the headers that plain http leaves out, and with them", async () => {
    expect((await put()).status).toBe(200);
    const fetched = { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" };
    expect((await put(fetched)).status).toBe(200);
    expect((await session(fetched)).status).toBe(200);
  });

  it("passes under the node's full name too", async () => {
    const port = new URL(daemon.url).port;
    const named = { host: `a1.lab.example:${port}`, origin: `http://a1.lab.example:${port}` };
    expect((await put(named)).status).toBe(200);
  });
});

describe("an attack by another site", () => {
  it.each<[string, Readonly<Record<string, string | undefined>>]>([
    [
      "a form post",
      { origin: EVIL, "content-type": "application/x-www-form-urlencoded", "claws-panel-token": undefined },
    ],
    ["a form post as text", { origin: EVIL, "content-type": "text/plain", "claws-panel-token": undefined }],
    ["a form post from a sandboxed frame", { origin: "null", "content-type": "text/plain" }],
    ["fetch with no-cors", { origin: EVIL, "content-type": "text/plain;charset=UTF-8" }],
    ["fetch with cors", { origin: EVIL }],
    ["fetch with a stolen token", { origin: EVIL }],
    ["a page of the agent on another port of this host", { origin: "http://127.0.0.1:7442" }],
    ["a page of another node", { origin: "http://100.64.0.66:7440" }],
    ["the same name over https", { origin: "https://127.0.0.1" }],
    ["no Origin at all", { origin: undefined }],
    ["two origins", { origin: `${EVIL}, ${EVIL}` }],
    ["a request that says it is from another site", { "sec-fetch-site": "cross-site" }],
    ["a request that says it is from the same site", { "sec-fetch-site": "same-site" }],
    ["a navigation", { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }],
    ["an image", { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" }],
    ["a WebSocket", { "sec-fetch-mode": "websocket" }],
  ])("by %s gets neither a call nor a token", async (_name, headers) => {
    expectRefusal(await put(headers), "panel-refused");
    expectRefusal(await session(headers), "panel-refused");
    await expectNothingDone();
  });

  it("by a preflight gets no permission", async () => {
    for (const path of ["/panel/v1/keys/put", "/panel/session", "/panel/"]) {
      const preflight = { origin: EVIL, "access-control-request-method": "POST" };
      const asked = { ...preflight, "access-control-request-headers": "claws-panel-token,content-type" };
      const answer = await send(path, { method: "OPTIONS", headers: asked });
      expectRefusal(answer, "method-not-allowed");
      expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
  });

  it("by DNS rebinding is told that this is another machine", async () => {
    const port = new URL(daemon.url).port;
    for (const name of [
      "evil.example",
      "localhost",
      "a1",
      "a1.lab.example.evil.example",
      "127.0.0.1.",
      "127.1",
      "[::1]",
    ]) {
      const host = `${name}:${port}`;
      expectRefusal(await put({ host, origin: `http://${host}` }), "wrong-host");
      expectRefusal(await session({ host, origin: `http://${host}` }), "wrong-host");
      expectRefusal(await send("/panel/", { headers: { host } }), "wrong-host");
      expectRefusal(await send("/panel/panel.js", { headers: { host } }), "wrong-host");
    }
    await expectNothingDone();
  });

  it("by DNS rebinding with another port is told so too", async () => {
    expectRefusal(await put({ host: "127.0.0.1:80", origin: "http://127.0.0.1:80" }), "wrong-host");
    expectRefusal(await put({ host: "127.0.0.1", origin: "http://127.0.0.1" }), "wrong-host");
  });

  it("by a link, a script, an image or a frame does not get the files either, where the browser says what it is", async () => {
    const wanted = (path: string, headers: Readonly<Record<string, string>>): Promise<PanelAnswer> =>
      send(path, { headers });
    expectRefusal(await wanted("/panel/", { "sec-fetch-site": "cross-site" }), "panel-refused");
    expectRefusal(
      await wanted("/panel/", { "sec-fetch-site": "same-site", "sec-fetch-mode": "navigate" }),
      "panel-refused",
    );
    expectRefusal(await wanted("/panel/", { "sec-fetch-site": "none", "sec-fetch-dest": "iframe" }), "panel-refused");
    expectRefusal(await wanted("/panel/", { referer: "http://evil.example/" }), "panel-refused");
    expectRefusal(await wanted("/panel/", { referer: `${daemon.url}.evil.example/` }), "panel-refused");
    expectRefusal(await wanted("/panel/panel.js", { "sec-fetch-site": "same-site" }), "panel-refused");
    expectRefusal(await wanted("/panel/panel.js", { "sec-fetch-dest": "serviceworker" }), "panel-refused");
    expectRefusal(await wanted("/panel/panel.js", { origin: EVIL }), "panel-refused");
    expectRefusal(await wanted("/panel/icon.svg", { "sec-fetch-dest": "script" }), "panel-refused");
  });

  it("cannot hand the page an address that makes it do something", async () => {
    expectRefusal(await send("/panel/?rotate=openai"), "bad-request");
  });
});

describe("a token", () => {
  it("has to be there", async () => {
    expectRefusal(await put({ "claws-panel-token": undefined }), "panel-refused");
    await expectNothingDone();
  });

  it.each(["", "a".repeat(43), "agt_x"])("that is %j is none", async (guess) => {
    expectRefusal(await put({ "claws-panel-token": guess }), "panel-expired");
    await expectNothingDone();
  });

  it("of one operator's page is none on another operator's machine", async () => {
    whois = { ...OPERATOR, nodeId: "nSECOND", name: "second.lab.example" };
    expectRefusal(await put(), "panel-expired");
    await expectNothingDone();
  });

  it("is no right: what its caller may not do any more is refused", async () => {
    whois = { ...OPERATOR, capability: [{ actions: ["status"], keys: ["*"] }] };
    expectRefusal(await put(), "access-denied");
    await expectNothingDone();
  });

  it("does not open the control API itself", async () => {
    const asPage = await send("/v1/status", { headers: { "claws-panel-token": token, origin: daemon.url } });
    expectRefusal(asPage, "browser-refused");
  });

  it("is nothing that the agent on this very machine could get", async () => {
    whois = { ...OPERATOR, nodeId: "nAGENT", tags: ["tag:agent"] };
    expectRefusal(await session(), "access-denied");
    expectRefusal(await send("/panel/"), "access-denied");
  });

  it("does not outlive the daemon", async () => {
    const next = await startTestDaemon();
    const answer = await sendRequest(`${next.url}/panel/v1/status`, {
      ...{ method: "POST", body: "{}", headers: ownHeaders(next, token) },
    });
    await next.stop();
    expectRefusal(answer, "panel-expired");
  });
});

describe("cookies", () => {
  it("of other ports of this host change nothing", async () => {
    const { status, headers } = await put({ cookie: "claws-panel-token=forged; session=1" });
    expect(status).toBe(200);
    expect(headers["set-cookie"]).toBeUndefined();
    expectRefusal(await put({ cookie: `claws-panel-token=${token}`, "claws-panel-token": undefined }), "panel-refused");
  });
});

describe("cookies that are too large", () => {
  it("cost the page and nothing else: the call is not understood, and the control API goes on", async () => {
    expect((await put({ cookie: `x=${"a".repeat(17_000)}` })).status).toBe(431);
    expect((await daemon.call("GET", "/v1/status")).status).toBe(200);
    await expectNothingDone();
  });
});

describe("a refusal", () => {
  it("is recorded with what was tried and who tried", async () => {
    await put({ origin: EVIL });
    await send("/panel/", { headers: { "sec-fetch-site": "cross-site" } });
    const entries = (await daemon.audit()).slice(1);
    expect(entries.map(({ action, allowed, code, caller }) => [action, allowed, code, caller.nodeId])).toEqual([
      ["put", false, "panel-refused", "nOPERATOR"],
      ["status", false, "panel-refused", "nOPERATOR"],
    ]);
    expect(JSON.stringify([entries, daemon.lines])).not.toContain("canary");
  });
});
