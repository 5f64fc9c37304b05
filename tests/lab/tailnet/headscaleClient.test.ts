// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { createHeadscaleClient, type HeadscaleClient } from "../../../lab/tailnet/headscaleClient.ts";
import { HeadscaleError } from "../../../lab/tailnet/headscaleError.ts";
import { parseAuthKey, parseNode } from "../../../lab/tailnet/headscaleRecords.ts";
import { startFakeHeadscale, type FakeHeadscale } from "../../support/fakeHeadscale.ts";

let fake: FakeHeadscale;
let client: HeadscaleClient;
beforeEach(async () => {
  fake = await startFakeHeadscale();
  client = createHeadscaleClient({ apiUrl: fake.url, apiKey: fake.apiKey });
});
afterEach(() => fake.close());

const expiration = new Date("2026-03-01T00:00:00Z");

describe("createHeadscaleClient", () => {
  it("creates a user", async () => {
    expect(await client.createUser("op")).toBe("7");
  });

  it("creates a tagged key without a user and an owned one with it", async () => {
    const common = { reusable: false, ephemeral: true, expiration };
    const tagged = await client.createAuthKey({ ...common, tags: ["tag:agent"], userId: null });
    await client.createAuthKey({ ...common, tags: [], userId: "7" });
    expect(tagged).toEqual({
      id: "1",
      key: "hskey-auth-secret-1",
      reusable: false,
      ephemeral: true,
      used: false,
      expiration: "2026-03-01T00:00:00.000Z",
      createdAt: "2026-01-01T00:00:00Z",
      tags: ["tag:agent"],
    });
    expect(fake.keys.map((key) => key["user"])).toEqual([null, "7"]);
    expect((await client.listAuthKeys()).map(({ key }) => key)).toEqual(["hskey-auth-***", "hskey-auth-***"]);
  });

  it("calls the documented paths for keys", async () => {
    await client.expireAuthKey("5");
    await client.deleteAuthKey("6");
    expect(fake.calls).toEqual(["POST /api/v1/preauthkey/expire", "DELETE /api/v1/preauthkey?id=6"]);
  });

  it("reads a node", async () => {
    fake.addNode({
      name: "a1",
      givenName: "a1-1",
      online: false,
      expiry: "2027-01-01T00:00:00Z",
      preAuthKey: {
        id: "3",
        key: "***",
        reusable: false,
        ephemeral: true,
        used: true,
        expiration: "0001-01-01T00:00:00Z",
        createdAt: "2026-01-01T00:00:00Z",
        aclTags: [],
      },
    });
    expect(await client.fetchNode("1")).toEqual({
      id: "1",
      machineKey: "mkey:1",
      nodeKey: "nodekey:1",
      addresses: ["100.64.0.1", "fd7a:115c:a1e0::1"],
      hostname: "a1",
      givenName: "a1-1",
      user: "tagged-devices",
      tags: ["tag:agent"],
      createdAt: "2026-01-02T03:00:00.123456789Z",
      expiry: "2027-01-01T00:00:00Z",
      lastSeen: "2026-01-02T03:04:05.678901Z",
      online: false,
      authKeyId: "3",
      ephemeral: true,
    });
    expect(await client.listNodes()).toEqual([await client.fetchNode("1")]);
  });

  it("changes and deletes a node", async () => {
    fake.addNode({});
    expect((await client.setTags("1", ["tag:b"])).tags).toEqual(["tag:b"]);
    expect((await client.renameNode("1", "new")).givenName).toBe("new");
    expect((await client.expireNode("1")).expiry).toBe("2026-01-02T03:04:05Z");
    await client.deleteNode("1");
    expect(await client.listNodes()).toEqual([]);
  });

  it("gives headscale's status and words for an unknown node", async () => {
    for (const call of [
      client.fetchNode("9"),
      client.deleteNode("9"),
      client.setTags("9", []),
      client.renameNode("9", "x"),
    ]) {
      await expect(call).rejects.toMatchObject({ name: "HeadscaleError", status: 404, reason: "node not found" });
    }
  });

  it("reads a policy that was never set as an empty one", async () => {
    expect(await client.fetchPolicy()).toBe("");
    await client.setPolicy("{}");
    expect(await client.fetchPolicy()).toBe("{}");
  });

  it("does not take another failure for a missing policy", async () => {
    fake.override = { status: 500, body: '{"code":2,"message":"database is locked"}' };
    await expect(client.fetchPolicy()).rejects.toThrow(
      new HeadscaleError("GET /api/v1/policy", 500, "database is locked"),
    );
  });

  it("names the call when the key is wrong", async () => {
    const stranger = createHeadscaleClient({ apiUrl: fake.url, apiKey: "wrong" });
    await expect(stranger.listNodes()).rejects.toThrow("cannot GET /api/v1/node on headscale: 401 Unauthorized");
  });

  it.each([
    ["not JSON", "cannot read headscale's answer: not JSON"],
    ["[]", "cannot read headscale's answer: not an object"],
    ["{}", `cannot read headscale's answer: "nodes" is not a list`],
    ['{"nodes":[3]}', "cannot read headscale's node: not an object"],
    ['{"nodes":[{"id":3}]}', `cannot read headscale's answer: "id" is not a string`],
    ['{"nodes":[{"id":"../1"}]}', `cannot read headscale's answer: "id" is "../1", not a number`],
  ])("refuses the answer %s", async (body, message) => {
    fake.override = { status: 200, body };
    await expect(client.listNodes()).rejects.toThrow(message);
  });

  it("keeps an ID inside its place in the path", async () => {
    await expect(client.fetchNode("../user")).rejects.toMatchObject({ status: 501 });
    expect(fake.calls).toEqual(["GET /api/v1/node/..%2Fuser"]);
  });
});

describe("parseNode and parseAuthKey", () => {
  it("refuse a record as soon as one needed member is missing or of another type", () => {
    const node = fake.addNode({});
    const key = {
      id: "1",
      key: "k",
      reusable: false,
      ephemeral: false,
      used: false,
      expiration: null,
      createdAt: "2026-01-01T00:00:00Z",
      aclTags: [],
    };
    const needed = [
      "id",
      "machineKey",
      "nodeKey",
      "ipAddresses",
      "name",
      "givenName",
      "tags",
      "createdAt",
      "expiry",
      "lastSeen",
      "online",
    ];
    for (const name of needed)
      expect(() => parseNode({ ...node, [name]: { odd: true } })).toThrow("cannot read headscale's answer");
    for (const name of Object.keys(key))
      expect(() => parseAuthKey({ ...key, [name]: ["odd", 1] })).toThrow("cannot read headscale's answer");
    expect(() => parseNode({ ...node, lastSeen: "yesterday" })).toThrow(`"lastSeen" is not a time`);
  });

  it("throw nothing but errors of their own for any value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const parse of [parseNode, parseAuthKey]) expect(() => parse(value)).toThrow(/^cannot read headscale's/);
      }),
    );
  });
});
