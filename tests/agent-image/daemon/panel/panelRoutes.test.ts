// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseAuditPage } from "../../../../protocol/auditEntry.ts";
import { CONTROL_ACTIONS } from "../../../../protocol/capability.ts";
import { parseDaemonStatus } from "../../../../protocol/daemonStatus.ts";
import { parseReceipt } from "../../../../protocol/receipt.ts";
import { PANEL_FOLDER, SAFE_HEADERS } from "../../../../agent-image/daemon/panel/panelFile.ts";
import type { Whois } from "../../../../agent-image/daemon/whois.ts";
import { openSession, ownHeaders, sendRequest, type PanelAnswer } from "../../../support/panelRequests.ts";
import { startSealedDaemon } from "../../../support/sealedDaemon.ts";
import { OPERATOR, startTestDaemon, type TestDaemon } from "../../../support/testDaemon.ts";

const PUT = { name: "openai", provider: "openai", version: 1, value: "sk-canary-1" };

let daemon: TestDaemon;
let whois: Whois | undefined;
let token: string;

beforeEach(async () => {
  whois = OPERATOR;
  daemon = await startTestDaemon({ whois: () => Promise.resolve(whois) });
  token = await openSession(daemon);
});
afterEach(() => daemon.stop());

const call = (path: string, body: unknown = {}): Promise<PanelAnswer> =>
  sendRequest(`${daemon.url}/panel${path}`, {
    ...{ method: "POST", body: JSON.stringify(body), headers: ownHeaders(daemon, token) },
  });
const bytes = ({ text }: PanelAnswer): Buffer => Buffer.from(text, "utf8");

describe("the panel's files", () => {
  it.each([
    ["/panel/", "index.html", "text/html; charset=utf-8"],
    ["/panel/panel.css", "panel.css", "text/css; charset=utf-8"],
    ["/panel/panel.js", "panel.js", "text/javascript; charset=utf-8"],
    ["/panel/icon.svg", "icon.svg", "image/svg+xml"],
  ])("hold what is in the repository: %s", async (path, name, mediaType) => {
    const { status, headers, text } = await sendRequest(daemon.url + path);
    expect([status, headers["content-type"]]).toEqual([200, mediaType]);
    expect(text).toBe(await readFile(join(PANEL_FOLDER, name), "utf8"));
  });

  it("are for operators only", async () => {
    for (const capability of [[], [{ actions: ["put"], keys: ["*"] }]]) {
      whois = { ...OPERATOR, capability };
      expect((await sendRequest(`${daemon.url}/panel/`)).json).toMatchObject({ code: "access-denied" });
      expect((await sendRequest(`${daemon.url}/panel/panel.js`)).json).toMatchObject({ code: "access-denied" });
    }
  });

  it("are those of the list and no other", async () => {
    for (const path of [
      "/panel/../daemon/main.ts",
      "/panel/%2e%2e/daemon/main.ts",
      "/panel/x.js",
      "/panel//",
      "/favicon.ico",
    ]) {
      expect((await sendRequest(daemon.url + path)).status).toBe(404);
    }
  });

  it("are not recorded, so that watching wears no disk", async () => {
    await sendRequest(`${daemon.url}/panel/`);
    await call("/v1/status");
    expect((await daemon.audit()).map(({ action }) => action)).toEqual(["start"]);
  });
});

describe("every reply of the control port", () => {
  it("carries the headers that keep others out, and never one that lets them in", async () => {
    const replies = [
      await sendRequest(`${daemon.url}/panel/`),
      await sendRequest(`${daemon.url}/panel/panel.js`),
      await call("/v1/status"),
      await call("/v1/keys/put", { wrong: true }),
      await sendRequest(`${daemon.url}/v1/status`),
      await sendRequest(`${daemon.url}/nothing`),
    ];
    for (const { headers } of replies) {
      expect(headers).toMatchObject(SAFE_HEADERS);
      expect(Object.keys(headers).filter((name) => /^(access-control-|set-cookie)/.test(name))).toEqual([]);
    }
  });

  it("allows the page nothing but its own files and its own daemon", () => {
    expect(SAFE_HEADERS).toEqual({
      "content-security-policy":
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
        "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
      "cache-control": "no-store",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
    });
  });
});

describe("a session", () => {
  it("says who the agent is and what this caller may do", async () => {
    const open = (): Promise<PanelAnswer> =>
      sendRequest(`${daemon.url}/panel/session`, { method: "POST", body: "{}", headers: ownHeaders(daemon) });
    expect((await open()).json).toEqual({
      ...{ token: expect.stringMatching(/^[\w-]{43}$/), seconds: 600, hostname: "a1" },
      ...{ needsSealedPush: false, hasRemoteBroker: false, actions: [...CONTROL_ACTIONS] },
    });
    whois = { ...OPERATOR, capability: [{ actions: ["status", "revoke"], keys: ["openai"] }] };
    expect((await open()).json).toMatchObject({ actions: ["status", "revoke"] });
  });

  it("says that pushes are sealed where they are, and that keys are elsewhere where they are", async () => {
    const sealed = await startSealedDaemon();
    const remote = await startTestDaemon({ facts: { remoteBroker: "100.64.0.9:7443" } });
    const open = ({ url }: TestDaemon): Promise<PanelAnswer> => {
      const headers = { "content-type": "application/json", origin: url };
      return sendRequest(`${url}/panel/session`, { method: "POST", body: "{}", headers });
    };
    const answers = [await open(sealed.daemon), await open(remote)];
    await sealed.stop();
    await remote.stop();
    expect(answers.map(({ json }) => json)).toMatchObject([
      { needsSealedPush: true, hasRemoteBroker: false },
      { needsSealedPush: false, hasRemoteBroker: true },
    ]);
  });

  it("takes an empty object and nothing else", async () => {
    for (const body of ["", "[]", "null", '{"a":1}', "{"]) {
      const answer = await sendRequest(`${daemon.url}/panel/session`, {
        ...{ method: "POST", body, headers: ownHeaders(daemon) },
      });
      expect(answer.json).toMatchObject({ code: "bad-request" });
    }
  });
});

describe("a call of the page", () => {
  it("does what the same call of the control API does, with the same audit lines", async () => {
    const receipts = [
      await call("/v1/keys/put", PUT),
      await call("/v1/keys/put", { ...PUT, version: 2, value: "sk-canary-2" }),
      await call("/v1/keys/activate", { name: "openai", version: 2 }),
      await call("/v1/keys/revoke", { name: "openai", version: 1, now: true }),
    ].map((answer) => parseReceipt(bytes(answer)));
    expect(receipts.map(({ version, active, auditSequence }) => [version, active, auditSequence])).toEqual([
      [1, 1, 2],
      [2, 1, 3],
      [2, 2, 4],
      [1, 2, 5],
    ]);
    const [key] = parseDaemonStatus(bytes(await call("/v1/status"))).keys;
    expect([key?.name, key?.active, key?.versions.length]).toEqual(["openai", 2, 1]);
    const { entries } = parseAuditPage(bytes(await call("/v1/audit?after=1&limit=3")));
    expect(entries.map(({ action, version, caller }) => [action, version, caller.login])).toEqual([
      ["put", 1, "op@lab.example"],
      ["put", 2, "op@lab.example"],
      ["activate", 2, "op@lab.example"],
    ]);
  });

  it("never brings a value back", async () => {
    const answers = [await call("/v1/keys/put", PUT), await call("/v1/status"), await call("/v1/audit")];
    expect(answers.map(({ text }) => text).join("")).not.toContain("canary");
  });

  it("cannot wipe, seal or push sealed", async () => {
    for (const path of ["/v1/wipe", "/v1/seal", "/v1/keys/put-sealed"]) expect((await call(path)).status).toBe(404);
  });

  it("keeps to its keys", async () => {
    whois = { ...OPERATOR, capability: [{ actions: ["status", "put"], keys: ["anthropic"] }] };
    expect((await call("/v1/keys/put", PUT)).json).toMatchObject({ code: "access-denied" });
  });

  it("is a POST with JSON and nothing else", async () => {
    const send = (method: string, headers: Record<string, string>): Promise<PanelAnswer> =>
      sendRequest(`${daemon.url}/panel/v1/status`, { method, headers, ...(method === "POST" ? { body: "{}" } : {}) });
    expect((await send("GET", ownHeaders(daemon, token))).status).toBe(405);
    expect((await send("POST", { ...ownHeaders(daemon, token), "content-type": "text/plain" })).status).toBe(415);
    expect((await call("/v1/status", [])).status).toBe(400);
    expect((await call("/v1/status?x=1")).status).toBe(400);
  });
});
