// SPDX-License-Identifier: Apache-2.0
import { basic, startTailscaleApiBench, type TailscaleApiBench } from "../../support/tailscaleApiBench.ts";

let bench: TailscaleApiBench;
beforeEach(async () => {
  bench = await startTailscaleApiBench({
    ownerId: "7",
    oauthClients: [
      { id: "kci", secret: "tskey-client-kci", scopes: ["auth_keys"], tags: ["tag:ci"] },
      { id: "ktwo", secret: "tskey-client-ktwo", scopes: ["auth_keys"], tags: ["tag:agent", "tag:ci"] },
    ],
  });
});
afterEach(() => bench.close());

const keysPath = "/tailnet/-/keys";
const create = (tags: readonly string[], more: object = {}): object => ({
  capabilities: { devices: { create: { reusable: false, ephemeral: false, preauthorized: true, tags, ...more } } },
});

async function token(client: string): Promise<string> {
  const { json } = await bench.ask("POST /oauth/token", {
    authorization: basic(client, `tskey-client-${client}`),
    text: "",
  });
  return `Bearer ${(json as { access_token: string }).access_token}`;
}

describe("creating an auth key", () => {
  it("gives headscale's secret and everything that was asked for", async () => {
    const body = { ...create(["tag:agent"]), expirySeconds: 600, description: "agent a1" };
    const { status, json } = await bench.ask(`POST ${keysPath}`, { json: body });
    expect(status).toBe(200);
    expect(json).toEqual({
      id: "k1CNTRL",
      keyType: "auth",
      key: "hskey-auth-secret-1",
      created: "2026-01-01T00:00:00.000Z",
      expires: "2026-01-01T00:10:00.000Z",
      expirySeconds: 600,
      invalid: false,
      capabilities: {
        devices: { create: { reusable: false, ephemeral: false, preauthorized: true, tags: ["tag:agent"] } },
      },
      description: "agent a1",
      userId: "7",
    });
    expect(bench.headscale.keys[0]).toMatchObject({
      reusable: false,
      ephemeral: false,
      aclTags: ["tag:agent"],
      expiration: "2026-01-01T00:10:00.000Z",
      user: null,
    });
  });

  it("lets a key live 90 days when no expiry is given", async () => {
    for (const more of [{}, { expirySeconds: 0 }]) {
      const { json } = await bench.ask(`POST ${keysPath}`, { json: { ...create(["tag:agent"]), ...more } });
      expect(json).toMatchObject({ expirySeconds: 7_776_000, expires: "2026-04-01T00:00:00.000Z" });
    }
  });

  it("gives a key without tags to the owner of the API key", async () => {
    expect((await bench.ask(`POST ${keysPath}`, { json: create([]) })).status).toBe(200);
    expect(bench.headscale.keys[0]).toMatchObject({ user: "7", aclTags: [] });
  });

  it("refuses a tag that the policy does not know, before headscale is asked", async () => {
    const { status, json } = await bench.ask(`POST ${keysPath}`, { json: create(["tag:agent", "tag:other"]) });
    expect([status, json]).toEqual([
      400,
      { message: "requested tags [tag:agent tag:other] are invalid or not permitted", status: 400 },
    ]);
    expect(bench.headscale.keys).toEqual([]);
  });

  it.each([
    ["a malformed tag", create(["agent"]), "malformed request body: tags must be a list of tags"],
    ["tags that are no list", create("tag:agent" as never), "malformed request body: tags must be a list of tags"],
    [
      "a flag that is none",
      create(["tag:agent"], { reusable: "yes" }),
      "malformed request body: reusable must be true or false",
    ],
    ["capabilities that are no object", { capabilities: 3 }, "malformed request body: an object was expected"],
    ["another key type", { keyType: "client" }, "unsupported key type"],
    ["a negative expiry", { expirySeconds: -1 }, "expirySeconds must be between 1 and 7776000 seconds"],
    ["an expiry beyond 90 days", { expirySeconds: 7_776_001 }, "expirySeconds must be between 1 and 7776000 seconds"],
    ["half a second", { expirySeconds: 0.5 }, "expirySeconds must be between 1 and 7776000 seconds"],
    ["a text as expiry", { expirySeconds: "600" }, "expirySeconds must be between 1 and 7776000 seconds"],
    [
      "a long description",
      { description: "a".repeat(51) },
      "description may hold 50 letters, digits, spaces, hyphens and underscores",
    ],
    [
      "an odd description",
      { description: "a!" },
      "description may hold 50 letters, digits, spaces, hyphens and underscores",
    ],
  ])("refuses %s", async (_what, json, message) => {
    const answer = await bench.ask(`POST ${keysPath}`, { json });
    expect([answer.status, answer.json]).toEqual([400, { message, status: 400 }]);
    expect(bench.headscale.keys).toEqual([]);
  });

  it("refuses a body that is no JSON object", async () => {
    for (const text of ["", "{", "[]", "null"]) {
      expect((await bench.ask(`POST ${keysPath}`, { text })).status).toBe(400);
    }
  });
});

describe("an OAuth client's auth keys", () => {
  it("must have tags", async () => {
    const { status, json } = await bench.ask(`POST ${keysPath}`, {
      json: create([]),
      authorization: await token("kci"),
    });
    expect([status, json]).toEqual([400, { message: "tailnet-owned auth key must have tags set", status: 400 }]);
  });

  it("may carry the client's own tags or what these own, and belong to no user", async () => {
    const authorization = await token("kci");
    for (const tag of ["tag:ci", "tag:agent"]) {
      const { status, json } = await bench.ask(`POST ${keysPath}`, { json: create([tag]), authorization });
      expect(status).toBe(200);
      expect(json).toMatchObject({ userId: "" });
    }
  });

  it("may not carry a part of the client's own tags", async () => {
    const authorization = await token("ktwo");
    expect((await bench.ask(`POST ${keysPath}`, { json: create(["tag:ci"]), authorization })).status).toBe(400);
    expect((await bench.ask(`POST ${keysPath}`, { json: create(["tag:ci", "tag:agent"]), authorization })).status).toBe(
      200,
    );
  });
});

describe("the life of an auth key", () => {
  const made = async (more: object = {}): Promise<string> => {
    const { json } = await bench.ask(`POST ${keysPath}`, {
      json: { ...create(["tag:agent"], more), expirySeconds: 600 },
    });
    return (json as { id: string }).id;
  };

  it("is read without its secret", async () => {
    const { status, json } = await bench.ask(`GET ${keysPath}/${await made()}`);
    expect(status).toBe(200);
    expect(json).toMatchObject({ id: "k1CNTRL", keyType: "auth", expirySeconds: 600, invalid: false });
    expect(json).not.toHaveProperty("key");
    expect(json).not.toHaveProperty("revoked");
  });

  it("ends as 404 once a one-off key was used", async () => {
    const id = await made();
    bench.headscale.useKey("1");
    for (const line of [`GET ${keysPath}/${id}`, `DELETE ${keysPath}/${id}`]) {
      expect([(await bench.ask(line)).status, (await bench.ask(line)).json]).toEqual([
        404,
        { message: "key not found", status: 404 },
      ]);
    }
  });

  it("goes on after the use of a reusable key", async () => {
    const id = await made({ reusable: true });
    bench.headscale.useKey("1");
    expect((await bench.ask(`GET ${keysPath}/${id}`)).json).toMatchObject({ invalid: false });
  });

  it("becomes invalid when its time is over", async () => {
    const id = await made();
    bench.pass(599);
    expect((await bench.ask(`GET ${keysPath}/${id}`)).json).toMatchObject({ invalid: false });
    bench.pass(1);
    expect((await bench.ask(`GET ${keysPath}/${id}`)).json).toMatchObject({ invalid: true });
  });

  it("becomes invalid when revoked, which headscale hears of, and cannot be revoked twice", async () => {
    const id = await made();
    expect((await bench.ask(`DELETE ${keysPath}/${id}`)).status).toBe(200);
    expect(bench.headscale.calls).toContain("POST /api/v1/preauthkey/expire");
    expect((await bench.ask(`GET ${keysPath}/${id}`)).json).toMatchObject({
      invalid: true,
      revoked: "2026-01-01T00:00:00.000Z",
    });
    expect((await bench.ask(`DELETE ${keysPath}/${id}`)).status).toBe(404);
  });

  it("is 404 for an unknown key, and headscale is not told", async () => {
    for (const id of ["k99CNTRL", "1", "%2e%2e", "__proto__"]) {
      expect((await bench.ask(`GET ${keysPath}/${id}`)).status).toBe(404);
      expect((await bench.ask(`DELETE ${keysPath}/${id}`)).status).toBe(404);
    }
    expect(bench.headscale.calls).toEqual([]);
  });

  it("lists what can still be used", async () => {
    const [used, revoked, kept] = [await made(), await made(), await made()];
    bench.headscale.useKey("1");
    await bench.ask(`DELETE ${keysPath}/${revoked}`);
    const { json } = await bench.ask(`GET ${keysPath}`);
    expect((json as { keys: { id: string }[] }).keys.map(({ id }) => id)).toEqual([kept]);
    expect(used).toBe("k1CNTRL");
    bench.pass(600);
    expect((await bench.ask(`GET ${keysPath}`)).json).toEqual({ keys: [] });
  });
});

describe("without an owner", () => {
  it("an API key cannot make a key without tags", async () => {
    const bare = await startTailscaleApiBench();
    const { status, json } = await bare.ask(`POST ${keysPath}`, { json: create([]) });
    expect([status, json]).toEqual([400, { message: "tailnet-owned auth key must have tags set", status: 400 }]);
    await bare.close();
  });
});
