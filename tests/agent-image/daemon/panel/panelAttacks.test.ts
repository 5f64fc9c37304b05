// SPDX-License-Identifier: Apache-2.0
// What other pages can do to the panel in Chromium. The operator's browser has the panel open and may do everything; the attacker's page
// is open beside it. Names lead to loopback in this browser only, so that the daemon is no trustworthy origin, as on a tailnet.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { launchChromium } from "../../../support/chromium.ts";
import { startTestDaemon, type TestDaemon } from "../../../support/testDaemon.ts";

const PUT = { name: "openai", provider: "openai", version: 1, value: "sk-canary-1" };
const AGENT = "a1.lab.example";
const EVIL = "evil.example";

let browser: Browser;
let context: BrowserContext;
let daemon: TestDaemon;
let target: string;
let port: string;
let attacker: Server;
let attackerPort: number;

beforeAll(async () => {
  browser = await launchChromium({ names: [AGENT, EVIL] });
  attacker = createServer((request, response) => {
    response
      .writeHead(200, { "content-type": "text/html" })
      .end(`<title>${request.headers.host ?? ""}</title><h1>hello</h1>`);
  });
  await new Promise<void>((resolve) => attacker.listen(0, "127.0.0.1", resolve));
  attackerPort = (attacker.address() as AddressInfo).port;
});
afterAll(async () => {
  await browser.close();
  attacker.closeAllConnections();
  await new Promise((resolve) => attacker.close(resolve));
});

beforeEach(async () => {
  daemon = await startTestDaemon();
  port = new URL(daemon.url).port;
  target = `http://${AGENT}:${port}`;
  await daemon.call("POST", "/v1/keys/put", PUT);
  context = await browser.newContext();
  const panel = await context.newPage();
  await panel.goto(`${target}/panel/`);
  await panel.getByRole("button", { name: "Rotate openai" }).waitFor();
});
afterEach(async () => {
  await context.close();
  await daemon.stop();
});

async function openAttacker(name: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`http://${name}:${attackerPort}/`);
  return page;
}

/** What was carried out and recorded besides the start and the operator's own put. */
async function done(): Promise<readonly string[]> {
  const entries = (await daemon.audit()).slice(2);
  return entries.filter(({ allowed }) => allowed).map(({ action }) => action);
}

async function heldVersions(): Promise<unknown> {
  const { body } = await daemon.call("GET", "/v1/status");
  return (body as { readonly keys: readonly { readonly active: number }[] }).keys.map(({ active }) => active);
}

/** Has a page open the panel in a window that it keeps a hold on. */
async function openPanelFrom(page: Page): Promise<Page> {
  const [popup] = await Promise.all([
    context.waitForEvent("page"),
    page.evaluate(`void (window.held = window.open(${JSON.stringify(target)} + "/panel/"))`),
  ]);
  await popup.waitForLoadState();
  return popup;
}

/** Tries an expression in a page; tells what could be read, or that nothing could. */
const attempt = (page: Page, expression: string): Promise<string> =>
  page.evaluate<string>(`(async () => {
    const base = ${JSON.stringify(target)};
    const revoke = JSON.stringify({ name: "openai" });
    try { return "read " + (await (${expression})); } catch (error) { return "blocked"; }
  })()`);

const POST = (more: string): string =>
  `fetch(base + "/panel/v1/keys/revoke", { method: "POST", body: revoke, ${more} })`;
const JSON_HEADERS = `headers: { "content-type": "application/json" }`;
const TOKEN_HEADERS = `headers: { "content-type": "application/json", "claws-panel-token": "a".repeat(43) }`;

/** Ways of a page to send or load something, each as an expression. */
const MEANS: readonly (readonly [string, string])[] = [
  ["fetch, simple", POST(`mode: "no-cors", credentials: "include", headers: { "content-type": "text/plain" }`)],
  ["fetch with JSON", POST(`credentials: "include", ${JSON_HEADERS}`)],
  ["fetch with a token header", POST(TOKEN_HEADERS)],
  [
    "fetch for a token",
    `fetch(base + "/panel/session", { method: "POST", body: "{}", ${JSON_HEADERS} }).then((r) => r.text())`,
  ],
  ["fetch for a token as text", `fetch(base + "/panel/session", { method: "POST", body: "{}" }).then((r) => r.text())`],
  ["fetch of the page", `fetch(base + "/panel/").then((r) => r.text())`],
  [
    "fetch of the control API",
    `fetch(base + "/v1/status", { headers: { "Sec-Claws-No-Browsers": "1" } }).then((r) => r.text())`,
  ],
  ["sendBeacon", `navigator.sendBeacon(base + "/panel/v1/keys/revoke", revoke)`],
  [
    "a script element",
    `new Promise((resolve, reject) => { const s = document.createElement("script"); s.type = "module"; s.src = base + "/panel/statusModel.js"; s.onload = resolve; s.onerror = reject; document.head.append(s); })`,
  ],
  [
    "a classic script element",
    `new Promise((resolve, reject) => { const s = document.createElement("script"); s.src = base + "/panel/v1/status"; s.onload = resolve; s.onerror = reject; document.head.append(s); })`,
  ],
  [
    "an image",
    `new Promise((resolve, reject) => { const i = new Image(); i.src = base + "/panel/icon.svg"; i.onload = () => resolve(i.naturalWidth); i.onerror = reject; })`,
  ],
  [
    "a style sheet",
    `new Promise((resolve, reject) => { const l = document.createElement("link"); l.rel = "stylesheet"; l.href = base + "/panel/panel.css"; l.onload = () => resolve(document.styleSheets.length); l.onerror = reject; document.head.append(l); })`,
  ],
  [
    "an EventSource",
    `new Promise((resolve, reject) => { const e = new EventSource(base + "/panel/"); e.onopen = resolve; e.onerror = () => { e.close(); reject(e); }; })`,
  ],
  [
    "a WebSocket",
    `new Promise((resolve, reject) => { const w = new WebSocket(base.replace("http", "ws") + "/panel/"); w.onopen = resolve; w.onerror = reject; })`,
  ],
];

describe.each([
  ["another site", EVIL],
  ["the agent's own page, on another port of the same host", AGENT],
])("%s", (_name, name) => {
  it("cannot act or read by any means that a page has", async () => {
    const page = await openAttacker(name);
    const outcomes: [string, string][] = [];
    for (const [means, expression] of MEANS) outcomes.push([means, await attempt(page, expression)]);
    // A beacon says that it left and nothing about what came of it.
    expect(outcomes).toEqual(MEANS.map(([means]) => [means, means === "sendBeacon" ? "read true" : "blocked"]));
    expect(await heldVersions()).toEqual([1]);
    expect(await done()).toEqual([]);
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])(
    "cannot act by a form post as %s",
    async (encoding) => {
      const page = await openAttacker(name);
      const answered = page.waitForResponse(/\/panel\/v1\/keys\/revoke$/);
      await page.evaluate(`(() => {
        const form = document.createElement("form");
        Object.assign(form, { method: "POST", enctype: ${JSON.stringify(encoding)}, action: ${JSON.stringify(target)} + "/panel/v1/keys/revoke" });
        const field = Object.assign(document.createElement("input"), { name: '{"name":"openai","x":"', value: '"}' });
        form.append(field);
        document.body.append(form);
        form.submit();
      })()`);
      expect((await answered).status()).toBe(403);
      expect(await heldVersions()).toEqual([1]);
      expect(await done()).toEqual([]);
    },
  );

  it("cannot frame the panel", async () => {
    const page = await openAttacker(name);
    await page.evaluate(`new Promise((resolve) => {
      const frame = Object.assign(document.createElement("iframe"), { src: ${JSON.stringify(target)} + "/panel/", onload: resolve });
      document.body.append(frame);
    })`);
    const [frame] = page.frames().slice(1);
    expect(await frame?.evaluate("document.body.innerText")).toBe(`${AGENT} refused to connect.`);
  });

  it("cannot open the panel by a link", async () => {
    const popup = await openPanelFrom(await openAttacker(name));
    expect(await popup.locator("body").innerText()).toMatch(/"code":"panel-refused"/);
  });

  it("cannot use a panel that it opened without saying where from: the page does not start", async () => {
    const page = await openAttacker(name);
    await page.evaluate(
      `void document.head.append(Object.assign(document.createElement("meta"), { name: "referrer", content: "no-referrer" }))`,
    );
    const popup = await openPanelFrom(page);
    await popup.getByText("Not started", { exact: true }).waitFor();
    expect(await popup.getByRole("button", { name: /Rotate|Revoke/ }).count()).toBe(0);
    expect(await page.evaluate("(() => { try { return held.document.title } catch { return 'blocked' } })()")).toBe(
      "blocked",
    );
  });

  it("cannot set a cookie that means anything", async () => {
    const page = await openAttacker(name);
    await page.evaluate("void (document.cookie = 'claws-panel-token=forged; path=/')");
    const panel = await context.newPage();
    await panel.goto(`${target}/panel/`);
    await panel.getByRole("button", { name: "Rotate openai" }).waitFor();
    expect(await panel.locator("#state-word").innerText()).toBe("Online, open");
  });
});

describe("DNS rebinding", () => {
  it("ends at the Host: the attacker's name leads to the daemon, and the daemon will not hear it", async () => {
    const page = await openAttacker(EVIL);
    expect((await page.goto(`http://${EVIL}:${port}/panel/`))?.status()).toBe(421);
    // The page is of the same origin as what it asks now, so the browser keeps nothing from it.
    const replies = await page.evaluate<readonly (readonly [number, string])[]>(`Promise.all(
      [["/panel/session", "{}"], ["/panel/v1/keys/revoke", '{"name":"openai"}'], ["/v1/wipe", "{}"]].map(async ([path, body]) => {
        const reply = await fetch(path, { method: "POST", headers: { "content-type": "application/json", "claws-panel-token": "x" }, body });
        return [reply.status, (await reply.json()).code];
      }))`);
    expect(replies).toEqual([
      [421, "wrong-host"],
      [421, "wrong-host"],
      [403, "browser-refused"],
    ]);
    expect(await heldVersions()).toEqual([1]);
    expect(await done()).toEqual([]);
  });
});

describe("the tests themselves", () => {
  it("attack a daemon that would obey: from the panel's own page the same call passes", async () => {
    const page = await context.newPage();
    await page.goto(`${target}/panel/`);
    const reply = await page.evaluate(`(async () => {
      const headers = { "content-type": "application/json" };
      const { token } = await (await fetch("/panel/session", { method: "POST", headers, body: "{}" })).json();
      const body = JSON.stringify({ name: "openai" });
      return (await fetch("/panel/v1/keys/revoke", { method: "POST", headers: { ...headers, "claws-panel-token": token }, body })).status;
    })()`);
    expect(reply).toBe(200);
    expect(await heldVersions()).toEqual([]);
    expect(await done()).toEqual(["revoke"]);
  });

  it("meet the browser that a tailnet meets: the daemon's origin is not trustworthy, and no Sec-Fetch header comes", async () => {
    const page = await context.newPage();
    const [request] = await Promise.all([page.waitForRequest(/\/panel\/session$/), page.goto(`${target}/panel/`)]);
    expect(await page.evaluate("isSecureContext")).toBe(false);
    const headers = await request.allHeaders();
    expect(Object.keys(headers).filter((header) => header.startsWith("sec-"))).toEqual([]);
    expect(headers["origin"]).toBe(target);
  });
});
