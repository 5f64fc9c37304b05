// SPDX-License-Identifier: Apache-2.0
import { loadPanelModule } from "../../support/panelModule.ts";

interface Client {
  open(): Promise<unknown>;
  call(path: string, body: object): Promise<{ readonly body: unknown; readonly at: Date }>;
}
interface ClientModule {
  readonly PanelClient: new (fetch: typeof globalThis.fetch) => Client;
}
const { PanelClient } = await loadPanelModule<ClientModule>("panelClient.js");

const DATE = "Thu, 31 Jan 2030 12:00:00 GMT";
let sent: { readonly path: string; readonly init: RequestInit }[];
let answers: Response[];
let client: Client;

const answer = (status: number, body: unknown): Response =>
  new Response(JSON.stringify(body), { status, headers: { date: DATE } });
const session = (token: string): Response => answer(200, { token, seconds: 600, hostname: "a1" });
const refusal = (code: string): Response => answer(403, { error: "no", code });
const tokens = (): unknown[] =>
  sent.map(({ init }) => (init.headers as Record<string, string>)["claws-panel-token"] ?? null);

beforeEach(() => {
  sent = [];
  answers = [];
  client = new PanelClient((path, init) => {
    sent.push({ path: path as string, init: init ?? {} });
    const next = answers.shift();
    return next === undefined ? Promise.reject(new TypeError("offline")) : Promise.resolve(next);
  });
});

describe("the page's client", () => {
  it("asks for a token, keeps it to itself and sends it with each call", async () => {
    answers = [session("t1"), answer(200, { state: "open" })];
    expect(await client.open()).toEqual({ seconds: 600, hostname: "a1" });
    expect(await client.call("/v1/status", {})).toEqual({ body: { state: "open" }, at: new Date(DATE) });
    expect(sent.map(({ path }) => path)).toEqual(["/panel/session", "/panel/v1/status"]);
    expect(tokens()).toEqual([null, "t1"]);
  });

  it("sends every request as a POST with JSON, without cookies, cache, referrer or redirects", async () => {
    answers = [session("t1"), answer(200, {})];
    await client.open();
    await client.call("/v1/keys/put", { name: "openai" });
    expect(sent).toHaveLength(2);
    for (const { init } of sent) {
      expect(init).toMatchObject({
        ...{ method: "POST", credentials: "omit", cache: "no-store", redirect: "error", referrerPolicy: "no-referrer" },
        headers: { "content-type": "application/json" },
      });
    }
    expect(sent.map(({ init }) => init.body)).toEqual(["{}", '{"name":"openai"}']);
  });

  it("gets a new token when the old one is over, and sends the call once more", async () => {
    answers = [session("t1"), refusal("panel-expired"), session("t2"), answer(200, { done: true })];
    await client.open();
    expect((await client.call("/v1/status", {})).body).toEqual({ done: true });
    expect(tokens()).toEqual([null, "t1", null, "t2"]);
  });

  it("does not try for ever", async () => {
    answers = [session("t1"), refusal("panel-expired"), session("t2"), refusal("panel-expired"), session("t3")];
    await client.open();
    await expect(client.call("/v1/status", {})).rejects.toMatchObject({ code: "panel-expired" });
    expect(sent).toHaveLength(4);
  });

  it("never repeats a call whose fate it does not know, nor one that was refused", async () => {
    answers = [session("t1")];
    await client.open();
    await expect(client.call("/v1/keys/put", {})).rejects.toThrow("offline");
    answers = [refusal("access-denied")];
    await expect(client.call("/v1/keys/put", {})).rejects.toMatchObject({ message: "no", code: "access-denied" });
    expect(sent).toHaveLength(3);
  });

  it("says who was there before, where the daemon does", async () => {
    answers = [
      answer(409, { error: "too late", code: "stale-version", winner: { version: 5, by: "laptop", at: "x" } }),
    ];
    await expect(client.open()).rejects.toMatchObject({
      message: "too late (version 5 by laptop)",
      code: "stale-version",
    });
  });

  it("says the status when the refusal is not the daemon's own", async () => {
    answers = [answer(502, {})];
    await expect(client.open()).rejects.toMatchObject({ message: "status 502", code: "" });
  });
});
