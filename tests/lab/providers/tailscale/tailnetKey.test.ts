// SPDX-License-Identifier: Apache-2.0
import { checkInputs } from "../../../../lab/providers/bridge/checkInputs.ts";
import { diffInputs } from "../../../../lab/providers/bridge/diffInputs.ts";
import { planCreate } from "../../../../lab/providers/bridge/planOutputs.ts";
import { type PropertyMap, secret, UNKNOWN } from "../../../../lab/providers/engine/propertyValue.ts";
import { connectTailscale } from "../../../../lab/providers/tailscale/client.ts";
import { TAILNET_KEY_SCHEMA, tailnetKey } from "../../../../lab/providers/tailscale/tailnetKey.ts";
import {
  fakeApiKey,
  type FakeKey,
  type FakeTailscaleKeys,
  startFakeTailscaleKeys,
} from "../../../support/fakeTailscaleKeys.ts";
import { providerOperation } from "../../../support/providerOperation.ts";

const inputs = { preauthorized: true, tags: ["tag:agent"], expiry: 900, recreateIfInvalid: "never" };

describe("tailnetKey", () => {
  let fake: FakeTailscaleKeys | undefined;

  async function start() {
    fake = await startFakeTailscaleKeys();
    const client = connectTailscale({ baseUrl: fake.url, apiKey: fakeApiKey }, {});
    return { fake, client };
  }

  async function made(changes: PropertyMap = {}) {
    const { fake, client } = await start();
    const state = await tailnetKey.create(client, { ...inputs, ...changes }, providerOperation());
    // The engine reveals secrets before it hands outputs back.
    return { fake, client, state: { ...state, outputs: { ...state.outputs, key: fake.secrets[0] } } };
  }

  afterEach(async () => {
    await fake?.close();
    fake = undefined;
  });

  it("is created with exactly what was asked for, and its key is a secret output", async () => {
    const { fake, client } = await start();
    const { id, outputs } = await tailnetKey.create(client, { ...inputs, description: "a1" }, providerOperation());
    const [request] = fake.requests;
    expect(request).toMatchObject({ method: "POST", path: "/api/v2/tailnet/-/keys" });
    expect(JSON.parse(request?.body ?? "")).toEqual({
      capabilities: {
        devices: { create: { reusable: false, ephemeral: false, preauthorized: true, tags: ["tag:agent"] } },
      },
      expirySeconds: 900,
      description: "a1",
    });
    expect(id).toBe("k1CNTRL");
    expect(outputs).toEqual({
      ...{
        reusable: false,
        ephemeral: false,
        preauthorized: true,
        tags: ["tag:agent"],
        expiry: 900,
        description: "a1",
      },
      ...{ recreateIfInvalid: "never", invalid: false, userId: "u1" },
      ...{ createdAt: "2026-01-01T00:00:00Z", expiresAt: "2026-01-01T00:15:00Z" },
      key: secret(fake.secrets[0] ?? ""),
    });
  });

  it("leaves the expiry to the API when none is given", async () => {
    const { fake, client } = await start();
    const { outputs } = await tailnetKey.create(client, {}, providerOperation());
    expect(JSON.parse(fake.requests[0]?.body ?? "")).toEqual({
      capabilities: { devices: { create: { reusable: false, ephemeral: false, preauthorized: false, tags: [] } } },
    });
    expect(outputs).toMatchObject({ expiry: 7776000, tags: [], description: "" });
  });

  it("keeps its key as a secret when it is read", async () => {
    const { client, state } = await made();
    expect(await tailnetKey.read(client, state)).toEqual({ ...state.outputs, key: secret(state.outputs.key ?? "") });
  });

  it("is invalid but still there once it is spent, revoked or expired", async () => {
    const { fake, client, state } = await made();
    const invalid = { ...state.outputs, invalid: true, key: secret(state.outputs.key ?? "") };
    for (const [id, key] of fake.keys) fake.keys.set(id, { ...key, invalid: true });
    expect(await tailnetKey.read(client, state)).toEqual(invalid);
    fake.keys.clear();
    expect(await tailnetKey.read(client, state)).toEqual(invalid);
  });

  it("shows a missing expiry as unset, and refuses another kind of key", async () => {
    const { fake, client, state } = await made();
    const [[id, key] = []] = fake.keys;
    if (id === undefined || key === undefined) throw new Error("no key was made");
    const entries = Object.entries(key).filter(([name]) => name !== "expirySeconds");
    fake.keys.set(id, Object.fromEntries(entries) as unknown as FakeKey);
    expect(await tailnetKey.read(client, state)).toMatchObject({ expiry: null });
    fake.keys.set(id, { ...key, keyType: "client" });
    await expect(tailnetKey.read(client, state)).rejects.toThrow("Invalid key type 'client'");
  });

  it("is deleted, and one that is gone already counts as deleted", async () => {
    const { fake, client, state } = await made();
    await tailnetKey.delete(client, state, providerOperation());
    expect(fake.keys.size).toBe(0);
    await expect(tailnetKey.delete(client, state, providerOperation())).resolves.toBeUndefined();
    fake.failNext(500, '{"message":"down"}');
    await expect(tailnetKey.delete(client, state, providerOperation())).rejects.toThrow(
      'Failed to delete key: Error deleting tailnet key with id "k1CNTRL": down (500)',
    );
  });

  it("changes only how it is treated in place, and fails there when it is gone", async () => {
    const { fake, client, state } = await made();
    const update = () =>
      tailnetKey.update(client, state, { ...inputs, recreateIfInvalid: "always" }, providerOperation());
    expect(await update()).toMatchObject({ recreateIfInvalid: "always", key: secret(state.outputs.key ?? "") });
    fake.keys.clear();
    await expect(update()).rejects.toThrow('cannot update tailnet key "k1CNTRL": it no longer exists');
  });

  it("reports a refused create with the API's message and nothing else", async () => {
    const { fake, client } = await start();
    fake.failNext(400, '{"message":"requested tags are invalid or not permitted"}');
    await expect(tailnetKey.create(client, inputs, providerOperation())).rejects.toThrow(
      "Failed to create key: Error creating tailnet key: requested tags are invalid or not permitted (400)",
    );
    expect(fake.requests).toHaveLength(1);
  });
});

describe("the difference of tailnet keys", () => {
  const outputs: PropertyMap = {
    ...{ reusable: false, ephemeral: false, preauthorized: true, tags: ["tag:a", "tag:b"], expiry: 900 },
    ...{ description: "", recreateIfInvalid: "never", invalid: false, userId: "u1" },
  };
  const base: PropertyMap = { preauthorized: true, tags: ["tag:b", "tag:a"], expiry: 900, recreateIfInvalid: "never" };

  function changes(inputs: PropertyMap, old: PropertyMap = {}) {
    const request = { ...{ id: "k", oldInputs: {}, ignoreChanges: [] }, outputs: { ...outputs, ...old }, inputs };
    const difference = diffInputs(TAILNET_KEY_SCHEMA, request);
    const refined = tailnetKey.refineDiff?.(difference, request) ?? difference;
    return Object.fromEntries([...refined.changes].map(([name, { replace }]) => [name, replace]));
  }

  it("is empty for unset defaults and another order of tags", () => {
    expect(changes(base)).toEqual({});
    expect(changes({ ...base, reusable: false, ephemeral: false, description: "", expiry: undefined })).toEqual({});
  });

  it.each<[string, PropertyMap]>([
    ["reusable", { reusable: true }],
    ["ephemeral", { ephemeral: true }],
    ["preauthorized", { preauthorized: false }],
    ["preauthorized", { preauthorized: undefined }],
    ["tags", { tags: ["tag:a"] }],
    ["expiry", { expiry: 600 }],
    ["description", { description: "new" }],
  ])("replaces the key for %s", (name, change) => {
    expect(changes({ ...base, ...change })).toEqual({ [name]: true });
  });

  it.each<[string, PropertyMap]>([
    ["recreateIfInvalid", { recreateIfInvalid: "always" }],
    ["userId", { userId: "u2" }],
  ])("changes it in place for %s", (name, change) => {
    expect(changes({ ...base, ...change })).toEqual({ [name]: false });
  });

  it.each([
    ["never", false, {}],
    ["never", true, {}],
    ["always", false, { id: true }],
    ["always", true, { id: true }],
    [undefined, false, {}],
    [undefined, true, { id: true }],
    ["", true, { id: true }],
  ])("with recreateIfInvalid %p and reusable %p, an invalid key gives %j", (recreateIfInvalid, reusable, expected) => {
    const old = { invalid: true, recreateIfInvalid: recreateIfInvalid ?? null, reusable };
    expect(changes({ ...base, recreateIfInvalid, reusable }, old)).toEqual(expected);
    expect(changes({ ...base, recreateIfInvalid, reusable }, { ...old, invalid: false })).toEqual({});
  });

  it("plans the defaults without adding them to the inputs", () => {
    const request = { inputs: { expiry: 900 }, oldInputs: {}, seed: new Uint8Array() };
    const { inputs } = checkInputs(TAILNET_KEY_SCHEMA, "a1", request);
    expect(inputs).toEqual({ expiry: 900, __defaults: [] });
    expect(planCreate(TAILNET_KEY_SCHEMA, inputs)).toEqual({
      ...{ expiry: 900, reusable: false, ephemeral: false, preauthorized: false, tags: [], description: "" },
      ...{ key: UNKNOWN, createdAt: UNKNOWN, expiresAt: UNKNOWN, invalid: UNKNOWN, userId: UNKNOWN },
    });
  });

  it("refuses a long description and an unknown way to treat an invalid key", () => {
    const refused = { description: "x".repeat(51), recreateIfInvalid: "sometimes", key: "k" };
    const request = { inputs: refused, oldInputs: {}, seed: new Uint8Array() };
    expect(checkInputs(TAILNET_KEY_SCHEMA, "a1", request).failures).toEqual([
      { property: "description", reason: "string length must be at most 50" },
      { property: "recreateIfInvalid", reason: 'expected always or never, got "sometimes"' },
      { property: "key", reason: "this is an output and cannot be set" },
    ]);
  });
});
