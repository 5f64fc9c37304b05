// SPDX-License-Identifier: Apache-2.0
import { defaultPolicy } from "../../../lab/tailnet/apiPolicy.ts";
import { startTailscaleApiBench, type ApiAnswer, type TailscaleApiBench } from "../../support/tailscaleApiBench.ts";

let bench: TailscaleApiBench;
beforeEach(async () => {
  bench = await startTailscaleApiBench();
});
afterEach(() => bench.close());

const acl = "/tailnet/-/acl";
const policy = '{\n  // ours\n  "tagOwners": { "tag:x": [], },\n}\n';
const etag = (answer: ApiAnswer): string => answer.headers.get("etag") ?? "";

describe("the policy file", () => {
  it("is given as it was posted, with its tag", async () => {
    const posted = await bench.ask(`POST ${acl}`, { text: policy, headers: { "content-type": "application/hujson" } });
    expect([posted.status, posted.text]).toEqual([200, policy]);
    const read = await bench.ask(`GET ${acl}`, { headers: { accept: "application/hujson" } });
    expect([read.status, read.text, read.headers.get("content-type")]).toEqual([200, policy, "application/hujson"]);
    expect(etag(read)).toMatch(/^"[0-9a-f]{64}"$/);
    expect(etag(posted)).toBe(etag(read));
  });

  it("is given as JSON when asked for", async () => {
    await bench.ask(`POST ${acl}`, { text: policy });
    const { json, headers } = await bench.ask(`GET ${acl}`, { headers: { accept: "application/json" } });
    expect(json).toEqual({ tagOwners: { "tag:x": [] } });
    expect(headers.get("content-type")).toBe("application/json");
  });

  it("is replaced only when If-Match has the present tag, with or without quotes", async () => {
    const first = etag(await bench.ask(`GET ${acl}`));
    const stale = await bench.ask(`POST ${acl}`, { text: "{}", headers: { "if-match": '"old"' } });
    expect([stale.status, stale.json]).toEqual([
      412,
      { message: "precondition failed, invalid old hash", status: 412 },
    ]);
    expect((await bench.ask(`POST ${acl}`, { text: policy, headers: { "if-match": first } })).status).toBe(200);
    expect((await bench.ask(`POST ${acl}`, { text: "{}", headers: { "if-match": first } })).status).toBe(412);
    const second = etag(await bench.ask(`GET ${acl}`)).replaceAll('"', "");
    expect((await bench.ask(`POST ${acl}`, { text: "{}", headers: { "if-match": second } })).status).toBe(200);
  });

  it("answers ts-default only as long as nobody changed it, and again after it was emptied", async () => {
    const guarded = { text: policy, headers: { "if-match": '"ts-default"' } };
    expect((await bench.ask(`POST ${acl}`, guarded)).status).toBe(412);
    bench.headscale.policy = null;
    expect((await bench.ask(`POST ${acl}`, guarded)).status).toBe(200);
    expect((await bench.ask(`POST ${acl}`, guarded)).status).toBe(412);
    expect((await bench.ask(`POST ${acl}`, { text: "" })).text).toBe(defaultPolicy);
    expect((await bench.ask(`POST ${acl}`, guarded)).status).toBe(200);
  });

  it("lets everybody reach everything in a new tailnet", async () => {
    bench.headscale.policy = null;
    const { json } = await bench.ask(`GET ${acl}`, { headers: { accept: "application/json" } });
    expect(json).toEqual({ grants: [{ src: ["*"], dst: ["*"], ip: ["*"] }] });
  });

  it("refuses a text that is no policy and keeps the old one", async () => {
    const before = bench.headscale.policy;
    for (const text of ["{", "[]", "nonsense", '{"a":}']) {
      const { status, json } = await bench.ask(`POST ${acl}`, { text });
      expect([text, status, typeof (json as { message: unknown }).message]).toEqual([text, 400, "string"]);
    }
    expect(bench.headscale.policy).toBe(before);
  });

  it("names the tests that failed", async () => {
    const lines = [
      "op@ -> tag:x:22: expected ALLOWED, got DENIED",
      "op@: no address",
      "tag:x (udp): odd",
      "tag:y -> x: no",
    ];
    bench.headscale.refusal = { status: 400, message: ["setting policy: test(s) failed:", ...lines].join("\n") };
    const { status, json } = await bench.ask(`POST ${acl}`, { text: policy });
    expect(status).toBe(400);
    expect(json).toEqual({
      message: "test(s) failed",
      status: 400,
      data: [
        { user: "op@", errors: ["tag:x:22: expected ALLOWED, got DENIED", "no address"] },
        { user: "tag:x", errors: ["(udp): odd"] },
        { user: "tag:y", errors: ["x: no"] },
      ],
    });
  });

  it("takes headscale's refusal of a text for the sender's fault and no other failure", async () => {
    bench.headscale.refusal = { status: 500, message: "setting policy: parsing policy: unknown field" };
    expect((await bench.ask(`POST ${acl}`, { text: policy })).status).toBe(400);
    bench.headscale.refusal = { status: 500, message: "database is locked" };
    expect((await bench.ask(`POST ${acl}`, { text: policy })).json).toEqual({
      message: "internal server error",
      status: 500,
    });
  });
});

describe("validating", () => {
  it("keeps nothing", async () => {
    const before = bench.headscale.policy;
    const { status, json } = await bench.ask(`POST ${acl}/validate`, { text: policy });
    expect([status, json]).toEqual([200, {}]);
    expect(bench.headscale.policy).toBe(before);
    expect(bench.headscale.calls).toContain("POST /api/v1/policy/check");
  });

  it("answers 200 with a message for what fails", async () => {
    expect((await bench.ask(`POST ${acl}/validate`, { text: "{" })).status).toBe(200);
    expect((await bench.ask(`POST ${acl}/validate`, { text: "{" })).json).toHaveProperty("message");
    bench.headscale.refusal = { status: 400, message: "test(s) failed:\nop@: no" };
    const { status, json } = await bench.ask(`POST ${acl}/validate`, { text: policy });
    expect([status, json]).toEqual([
      200,
      { message: "test(s) failed", status: 400, data: [{ user: "op@", errors: ["no"] }] },
    ]);
  });

  it("takes a list of tests against the present policy", async () => {
    expect(
      (await bench.ask(`POST ${acl}/validate`, { text: '[{"src":"op@","deny":["tag:agent:22"]},]' })).json,
    ).toEqual({});
    expect(bench.headscale.calls).toEqual(["GET /api/v1/policy", "POST /api/v1/policy/check"]);
  });
});
