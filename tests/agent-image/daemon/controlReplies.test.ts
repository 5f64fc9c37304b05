// SPDX-License-Identifier: Apache-2.0
import { request } from "node:http";
import { parseErrorReply } from "../../../protocol/errorReply.ts";
import type { Whois } from "../../../agent-image/daemon/whois.ts";
import { FULL_CAPABILITY } from "../../support/fakeLocalApi.ts";
import { OPERATOR, startTestDaemon, type TestDaemon, type TestReply } from "../../support/testDaemon.ts";

const PUT = { name: "openai", provider: "openai", version: 3, value: "sk-canary-4c1d" };
const NOON = "2026-11-23T12:00:00.000Z";

let daemon: TestDaemon;
let caller: Whois;
beforeEach(async () => {
  caller = OPERATOR;
  daemon = await startTestDaemon({ whois: () => Promise.resolve(caller), now: () => new Date(NOON) });
});
afterEach(() => daemon.stop());

const put = (changes: object): Promise<TestReply> => daemon.call("POST", "/v1/keys/put", { ...PUT, ...changes });
const winnerOf = ({ body }: TestReply): unknown => parseErrorReply(Buffer.from(JSON.stringify(body))).winner;

describe("a put that loses", () => {
  beforeEach(async () => {
    await put({});
    caller = { ...OPERATOR, nodeId: "nOTHER", name: "desk.lab.example" };
  });

  it("learns who put the same version with another value", async () => {
    const reply = await put({ value: "sk-other" });

    expect([reply.status, (reply.body as { code: string }).code]).toEqual([409, "version-conflict"]);
    expect(winnerOf(reply)).toEqual({ version: 3, by: "laptop.lab.example", at: NOON });
  });

  it("learns who put the same name for another provider", async () => {
    expect(winnerOf(await put({ provider: "anthropic", version: 9 }))).toEqual({
      ...{ version: 3, by: "laptop.lab.example", at: NOON },
    });
  });

  it("learns who put a higher version, also when that was before a wipe", async () => {
    expect(winnerOf(await put({ version: 2 }))).toEqual({ version: 3, by: "laptop.lab.example", at: NOON });
    await daemon.call("POST", "/v1/wipe", {});
    expect(winnerOf(await put({ version: 2 }))).toEqual({ version: 3, by: "laptop.lab.example", at: NOON });
  });

  it("learns it by the node's ID when the node has no name", async () => {
    caller = { ...caller, name: "" };
    await put({ version: 4 });

    expect(winnerOf(await put({ version: 2 }))).toMatchObject({ version: 4, by: "nOTHER" });
  });

  it.each([
    ["no right to see any status", [{ actions: ["put"], keys: ["*"] }]],
    [
      "a right to see the status of other keys",
      [
        { actions: ["put"], keys: ["*"] },
        { actions: ["status"], keys: ["anthropic"] },
      ],
    ],
  ])("learns nothing with %s", async (_name, capability) => {
    caller = { ...caller, capability };
    const replies = [await put({ value: "sk-other" }), await put({ version: 2 })];

    expect(replies.map((reply) => [reply.status, winnerOf(reply)])).toEqual([
      [409, undefined],
      [409, undefined],
    ]);
  });

  it("for another reason learns no name", async () => {
    expect(winnerOf(await put({ name: "second" }))).toBeUndefined();
    await daemon.call("POST", "/v1/keys/revoke", { name: "openai" });
    expect(winnerOf(await put({}))).toBeUndefined();
  });
});

/** A status call that may send the header twice or oddly, as fetch cannot. */
function ask(headers: Readonly<Record<string, string>>): Promise<{ status: number; body: string; etag: string }> {
  return new Promise((resolve, reject) => {
    const question = request(`${daemon.url}/v1/status`, { headers: { "sec-claws-no-browsers": "1", ...headers } });
    question.once("error", reject);
    question.once("response", (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (text: string) => (body += text));
      answer.once("end", () => resolve({ status: answer.statusCode ?? 0, body, etag: String(answer.headers.etag) }));
    });
    question.end();
  });
}

describe("a status that the caller has already", () => {
  it("is only confirmed, without a body and without an entry", async () => {
    const first = await ask({});
    const again = await ask({ "if-none-match": first.etag });

    expect([first.status, again]).toEqual([200, { status: 304, body: "", etag: first.etag }]);
    expect((await daemon.audit()).map(({ action }) => action)).toEqual(["start"]);
  });

  it("is given whole once anything in it has changed", async () => {
    const { etag } = await ask({});
    await put({});
    const changed = await ask({ "if-none-match": etag });

    expect([changed.status, changed.etag === etag]).toEqual([200, false]);
    expect(JSON.parse(changed.body)).toMatchObject({ state: "open" });
  });

  it("is nobody else's: a tag does not open what the caller may not see", async () => {
    const { etag } = await ask({});
    caller = { ...OPERATOR, capability: [] };
    expect((await ask({ "if-none-match": etag })).status).toBe(403);

    caller = { ...OPERATOR, capability: [...FULL_CAPABILITY] };
    await put({});
    const full = await ask({});
    caller = { ...OPERATOR, capability: [{ actions: ["status"], keys: ["anthropic"] }] };
    expect((await ask({ "if-none-match": full.etag })).status).toBe(200);
  });

  it("is the only reply with a tag", async () => {
    const audit = await daemon.call("GET", "/v1/audit");

    expect([audit.status, audit.headers.get("etag")]).toEqual([200, null]);
    expect((await daemon.call("GET", "/v1/audit", undefined, { "if-none-match": "*" })).status).toBe(200);
  });
});
