// SPDX-License-Identifier: Apache-2.0
import { scratchFolder } from "../support/scratchFolder.ts";
import { OPERATOR, startTestDaemon, type TestDaemon } from "../support/testDaemon.ts";
import { audited, heldVersions, put, putFrom, putOf } from "./support/pushRequests.ts";
import { createPushWorld, type PushWorld } from "./support/pushWorld.ts";

const folder = scratchFolder();
const started: TestDaemon[] = [];
let daemon: TestDaemon;

async function start(options: Parameters<typeof startTestDaemon>[0] = {}): Promise<TestDaemon> {
  const one = await startTestDaemon(options);
  started.push(one);
  return one;
}

beforeEach(async () => {
  daemon = await start();
});
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
});

describe("a captured push that is sent again", () => {
  it("29 changes nothing while its version is held", async () => {
    await put(daemon, 5, "sk-five");
    const before = await heldVersions(daemon);
    const replay = await put(daemon, 5, "sk-five");

    expect([replay.status, replay.body]).toEqual([200, expect.objectContaining({ changed: false, active: 5 })]);
    expect(await heldVersions(daemon)).toEqual(before);
  });

  it("29 is refused once a higher version has been seen, whether or not its own is gone", async () => {
    await put(daemon, 5);
    await put(daemon, 6);
    await daemon.call("POST", "/v1/keys/activate", { name: "anthropic", version: 6 });
    const replayOfOld = await put(daemon, 4);
    await daemon.call("POST", "/v1/keys/revoke", { name: "anthropic", version: 5 });
    const replayOfRevoked = await put(daemon, 5);

    expect([replayOfOld.status, replayOfOld.body]).toEqual([409, expect.objectContaining({ code: "stale-version" })]);
    expect([replayOfRevoked.status, replayOfRevoked.body]).toEqual([
      409,
      expect.objectContaining({ code: "revoked-version" }),
    ]);
    expect(await heldVersions(daemon)).toEqual({ anthropic: [6] });
  });

  it("29 of an activation brings no replaced version back into use once it is dropped", async () => {
    await put(daemon, 1);
    await put(daemon, 2);
    await daemon.call("POST", "/v1/keys/activate", { name: "anthropic", version: 2 });
    await daemon.call("POST", "/v1/keys/revoke", { name: "anthropic", version: 1 });
    const replay = await daemon.call("POST", "/v1/keys/activate", { name: "anthropic", version: 1 });

    expect([replay.status, replay.body]).toEqual([404, expect.objectContaining({ code: "unknown-version" })]);
    expect(await heldVersions(daemon)).toEqual({ anthropic: [2] });
  });

  it("29 is refused by the next start of the daemon too, which remembers versions but holds none", async () => {
    await put(daemon, 5);
    await put(daemon, 6);
    await daemon.call("POST", "/v1/keys/revoke", { name: "anthropic" });
    await put(daemon, 7);
    const { stateFolder } = daemon;
    const next = await start({ stateFolder });
    const replies = [await put(next, 4), await put(next, 5), await put(next, 6)].map(({ status, body }) => [
      status,
      (body as { code: string }).code,
    ]);

    expect(replies).toEqual([
      [409, "revoked-version"],
      [409, "revoked-version"],
      [409, "revoked-version"],
    ]);
    expect(await heldVersions(next)).toEqual({});
    expect((await put(next, 7)).status).toBe(200);
  });

  it("29 of a rotation's first half after its second half is refused", async () => {
    const values = ["sk-one", "sk-two", "sk-three"];
    for (const [index, value] of values.entries()) {
      await put(daemon, index + 1, value);
      await daemon.call("POST", "/v1/keys/activate", { name: "anthropic", version: index + 1 });
      if (index > 0) await daemon.call("POST", "/v1/keys/revoke", { name: "anthropic", version: index });
    }
    const replies = await Promise.all([put(daemon, 1, "sk-one"), put(daemon, 2, "sk-two")]);

    expect(replies.map(({ status }) => status)).toEqual([409, 409]);
    expect(await heldVersions(daemon)).toEqual({ anthropic: [3] });
  });
});

describe("two operators who push at once", () => {
  it("30 are served one after the other: versions only go up, and each refusal has a higher one before it", async () => {
    const names: Readonly<Record<string, string>> = { "127.0.0.1": "ann", "127.0.0.2": "bob" };
    const both = await start({
      whois: (address) => {
        const name = names[address] ?? "nobody";
        return Promise.resolve({ ...OPERATOR, nodeId: `n${name}`, name, addresses: [address] });
      },
    });
    const versions = [3, 9, 1, 7, 2, 8, 5, 4, 6, 10];
    const statuses = await Promise.all(
      versions.map((version, index) => putFrom(`127.0.0.${1 + (index % 2)}`, both, putOf(version))),
    );
    const entries = (await both.audit()).filter(({ action }) => action === "put");
    let highest = 0;
    for (const { version, code } of entries) {
      expect([version, code]).toEqual([version, (version ?? 0) > highest ? "ok" : "stale-version"]);
      highest = Math.max(highest, version ?? 0);
    }

    expect(entries.map(({ sequence }) => sequence)).toEqual(versions.map((_, index) => index + 2));
    expect(highest).toBe(10);
    expect(statuses.filter((status) => status === 200)).toHaveLength(entries.filter(({ allowed }) => allowed).length);
    expect(statuses.filter((status) => status === 409)).toHaveLength(entries.filter(({ allowed }) => !allowed).length);
    // Who did what is on record for both, by node.
    expect(new Set(entries.map(({ caller }) => caller.nodeId))).toEqual(new Set(["nann", "nbob"]));
  });

  it("30 with the same version and other values: one wins, and the other is told of the conflict", async () => {
    const replies = await Promise.all(["sk-a", "sk-b"].map((value) => put(daemon, 1, value)));
    const loser = replies.find(({ status }) => status === 409);

    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(loser?.body).toMatchObject({ code: "version-conflict" });
    expect(await heldVersions(daemon)).toEqual({ anthropic: [1] });
  });

  describe("from their own vaults", () => {
    let ann: PushWorld;
    let bob: PushWorld;

    beforeEach(async () => {
      const agents = { a1: { nodeId: "nAGENT", url: daemon.url } };
      ann = await createPushWorld(`${folder()}/ann`, agents);
      bob = await createPushWorld(`${folder()}/bob`, agents);
      await ann.store("a1", "sk-ant-canary-ann", 3);
      await bob.store("a1", "sk-ant-canary-bob", 4);
    });

    it("30 end with the higher version, and the loser learns which version won", async () => {
      const winner = await bob.push();
      const loser = await ann.push();

      expect(winner).toMatchObject({ exitCode: 0, rows: [{ version: 4, result: "pushed" }] });
      expect(loser).toMatchObject({ exitCode: 3, rows: [{ version: 3, result: "failed" }] });
      expect(loser.rows[0]?.detail).toContain(
        "version 3 is too old for the agent, which has seen version 4 of this key; store it anew and push again",
      );
      expect((await bob.push()).rows).toMatchObject([{ result: "unchanged" }]);
      expect(await heldVersions(daemon)).toEqual({ anthropic: [4] });
    });

    it("30 end with the higher version however their requests interleave", async () => {
      const [first, second] = await Promise.all([ann.push(), bob.push()]);
      const refused = (await audited(daemon)).filter((entry) => JSON.stringify(entry).includes("stale-version"));

      expect(second).toMatchObject({ exitCode: 0, rows: [{ version: 4, result: "pushed" }] });
      // The lower one either came first and was replaced, or came second and was refused.
      expect(["pushed", "failed"]).toContain(first.rows[0]?.result);
      expect(refused.length).toBe(first.rows[0]?.result === "pushed" ? 0 : 1);
      const held = await heldVersions(daemon);
      expect(held["anthropic"]?.[0]).toBe(4);
    });
  });
});
