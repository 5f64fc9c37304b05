// SPDX-License-Identifier: Apache-2.0
import type { Plan } from "../../../agent-image/daemon/keyStore.ts";
import { Sensitive } from "../../../protocol/sensitive.ts";
import { fingerprint, lent, startStore } from "../../support/testKeyStore.ts";

const ZEROS = "0".repeat(16);

describe("KeyStore", () => {
  it("is sealed at first and lends nothing", () => {
    const { store } = startStore();

    expect([store.isSealed, store.status(), lent(store), lent(store, "anthropic")]).toEqual([
      true,
      [],
      "sealed",
      "sealed",
    ]);
  });

  it("makes the first version active and later ones not", () => {
    const { store, put, commit } = startStore();

    expect(commit(put(4, "four"))).toEqual({
      name: "openai",
      version: 4,
      active: 4,
      changed: true,
      fingerprint: fingerprint("four"),
    });
    expect(commit(put(5, "five"))).toEqual({
      name: "openai",
      version: 5,
      active: 4,
      changed: true,
      fingerprint: fingerprint("five"),
    });
    expect(lent(store)).toEqual([4, "four"]);
    expect(store.isSealed).toBe(false);
  });

  it("changes nothing before the commit", () => {
    const { store, put } = startStore();
    put(1, "one");

    expect(store.isSealed).toBe(true);
  });

  it("switches on activate, and says when there is nothing to switch", () => {
    const { store, put, commit } = startStore();
    commit(put(1, "one"));
    commit(put(2, "two"));

    expect(commit(store.planActivate({ name: "openai", version: 2 }))).toEqual({
      name: "openai",
      version: 2,
      active: 2,
      changed: true,
      fingerprint: fingerprint("two"),
    });
    expect(commit(store.planActivate({ name: "openai", version: 2 })).changed).toBe(false);
    expect(lent(store)).toEqual([2, "two"]);
    expect(store.planActivate({ name: "openai", version: 9 }).code).toBe("unknown-version");
    expect(store.planActivate({ name: "anthropic", version: 1 }).code).toBe("unknown-key");
  });

  it("takes the same version with the same value again without a change", () => {
    const { store, put, commit } = startStore();
    commit(put(1, "one"));
    commit(put(2, "two"));

    expect(commit(put(1, "one"))).toMatchObject({ changed: false, active: 1 });
    expect(store.status()[0]?.versions.map(({ version }) => version)).toEqual([1, 2]);
  });

  it("renews notAfter of the same version and value", () => {
    const { store, clock, put, commit } = startStore();
    commit(put(1, "one", { notAfter: "2026-11-24T00:00:00Z" }));
    clock.now = new Date("2026-11-24T00:00:00Z");
    expect(lent(store)).toBe("key-expired");

    expect(commit(put(1, "one", { notAfter: "2026-12-24T00:00:00Z" })).changed).toBe(true);
    expect(lent(store)).toEqual([1, "one"]);
    expect(store.status()[0]?.versions).toEqual([
      {
        version: 1,
        fingerprint: fingerprint("one"),
        putAt: "2026-11-23T00:00:00.000Z",
        notAfter: "2026-12-24T00:00:00Z",
        underWay: 0,
      },
    ]);
  });

  it("lends a key up to its notAfter and not at it", () => {
    const { store, clock, put, commit } = startStore();
    commit(put(1, "one", { notAfter: "2026-11-23T01:00:00+01:00" }));

    expect(lent(store)).toBe("key-expired");
    clock.now = new Date("2026-11-22T23:59:59.999Z");
    expect(lent(store)).toEqual([1, "one"]);
  });

  it.each<[string, (start: ReturnType<typeof startStore>) => Plan, string]>([
    ["the same version with another value", ({ put }) => put(2, "other"), "version-conflict"],
    ["the same name with another provider", ({ put }) => put(3, "x", { provider: "anthropic" }), "version-conflict"],
    ["a second name for a provider", ({ put }) => put(3, "x", { name: "second" }), "provider-taken"],
    ["a version below the highest", ({ put }) => put(1, "x"), "stale-version"],
    [
      "a provider that the agent is not configured for",
      ({ put }) => put(1, "x", { name: "g", provider: "gemini" }),
      "provider-not-configured",
    ],
  ])("refuses %s", (_name, plan, code) => {
    const start = startStore();
    start.commit(start.put(2, "two"));

    expect(plan(start).code).toBe(code);
    expect(lent(start.store)).toEqual([2, "two"]);
  });

  it("holds 16 versions and not one more", () => {
    const { put, commit } = startStore();
    for (let version = 1; version <= 16; version += 1) commit(put(version, `v${version}`));

    expect(put(17, "x").code).toBe("too-many-versions");
    expect(put(16, "v16").code).toBe("ok");
  });

  it("revokes one version, but the active one only with the whole key", () => {
    const { store, put, commit } = startStore();
    commit(put(1, "one"));
    commit(put(2, "two"));

    expect(store.planRevoke({ name: "openai", version: 1 }).code).toBe("active-version");
    expect(commit(store.planRevoke({ name: "openai", version: 2 }))).toEqual({
      name: "openai",
      version: 2,
      active: 1,
      changed: true,
      fingerprint: ZEROS,
    });
    expect(store.planRevoke({ name: "openai", version: 2 }).code).toBe("unknown-version");
    expect(commit(store.planRevoke({ name: "openai" }))).toEqual({
      name: "openai",
      version: 0,
      active: null,
      changed: true,
      fingerprint: ZEROS,
    });
    expect([store.isSealed, lent(store), store.planRevoke({ name: "openai" }).code]).toEqual([
      true,
      "sealed",
      "unknown-key",
    ]);
  });

  it("overwrites what it revokes, while a request under way keeps its copy", () => {
    const { store, commit } = startStore();
    const value = Sensitive.from("one");
    commit(store.planPut({ name: "openai", provider: "openai", version: 1, value }));
    const loan = store.lend("openai", () => undefined);
    commit(store.planRevoke({ name: "openai" }));

    expect(value.reveal()).toBe("\0\0\0");
    expect(typeof loan === "string" ? loan : loan.secret.reveal()).toBe("one");
  });

  it("overwrites everything on a wipe, and says when there was nothing", () => {
    const { store, commit } = startStore();
    const value = Sensitive.from("one");
    commit(store.planPut({ name: "openai", provider: "openai", version: 1, value }));

    expect(commit(store.planWipe())).toEqual({
      name: "*",
      version: 0,
      active: null,
      changed: true,
      fingerprint: ZEROS,
    });
    expect([value.reveal(), store.isSealed]).toEqual(["\0\0\0", true]);
    expect(commit(store.planWipe()).changed).toBe(false);
  });

  it("never shows a value in its status", () => {
    const { store, put, commit } = startStore();
    commit(put(1, "sk-canary"));

    expect(JSON.stringify(store.status())).not.toContain("canary");
  });

  it("keeps a version for 30 days by the clock that nobody can set, when no time is named", () => {
    const { store, clock, put, commit } = startStore();
    commit(put(1, "one"));
    expect(store.status()[0]?.versions[0]?.notAfter).toBe("2026-12-23T00:00:00.000Z");

    clock.now = new Date("2036-01-01T00:00:00Z");
    expect(lent(store)).toEqual([1, "one"]);
    clock.now = new Date("2016-01-01T00:00:00Z");
    clock.monotonic += 30 * 86_400_000 - 1;
    expect(lent(store)).toEqual([1, "one"]);
    clock.monotonic += 1;
    expect(lent(store)).toBe("key-expired");
  });

  it("is renewed by the same put, which counts as no change", () => {
    const { store, clock, put, commit } = startStore();
    commit(put(1, "one"));
    clock.monotonic += 30 * 86_400_000;
    clock.now = new Date("2026-12-23T00:00:00Z");
    expect(lent(store)).toBe("key-expired");

    expect(commit(put(1, "one")).changed).toBe(false);
    expect(lent(store)).toEqual([1, "one"]);
    expect(store.status()[0]?.versions[0]).toMatchObject({
      putAt: "2026-11-23T00:00:00.000Z",
      notAfter: "2027-01-22T00:00:00.000Z",
    });
  });

  it("counts the same named time as no change, and naming one or none anew as one", () => {
    const { put, commit } = startStore();
    const notAfter = "2026-12-24T00:00:00Z";

    expect(commit(put(1, "one")).changed).toBe(true);
    expect(commit(put(1, "one", { notAfter })).changed).toBe(true);
    expect(commit(put(1, "one", { notAfter })).changed).toBe(false);
    expect(commit(put(1, "one")).changed).toBe(true);
  });

  it("wipes the copy of a value that it holds already", () => {
    const { store, commit, put } = startStore();
    commit(put(1, "one"));
    const value = Sensitive.from("one");
    commit(store.planPut({ name: "openai", provider: "openai", version: 1, value }));

    expect(value.reveal()).toBe("\0\0\0");
    expect(lent(store)).toEqual([1, "one"]);
  });

  it("tells when a provider gets another key, and only then", () => {
    const { store, activated, put, commit } = startStore();
    commit(put(1, "one"));
    commit(put(1, "one"));
    commit(put(2, "two"));
    expect(activated).toEqual(["openai"]);

    commit(store.planActivate({ name: "openai", version: 1 }));
    expect(activated).toEqual(["openai"]);
    commit(store.planActivate({ name: "openai", version: 2 }));
    expect(activated).toEqual(["openai", "openai"]);
  });
});
