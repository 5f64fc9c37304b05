// SPDX-License-Identifier: Apache-2.0
import { Sensitive } from "../../../protocol/sensitive.ts";
import { borrow, lent, startStore, type TestKeyStore } from "../../support/testKeyStore.ts";

const PUT = { name: "openai", provider: "openai", value: Sensitive.from("three") };

/** A store with version 1 active and version 2 waiting. */
function startRotation(): TestKeyStore {
  const start = startStore();
  start.commit(start.put(1, "one"));
  start.commit(start.put(2, "two"));
  return start;
}

const underWay = ({ store }: TestKeyStore): unknown =>
  store.status()[0]?.versions.map((held) => [held.version, held.underWay]);

describe("a key on loan", () => {
  it("stays the borrower's through a rotation, while new requests get the new one", () => {
    const start = startRotation();
    const { store, commit } = start;
    const old = borrow(store);
    commit(store.planActivate({ name: "openai", version: 2 }));
    const fresh = borrow(store);

    expect([old.version, old.secret.reveal(), fresh.version, fresh.secret.reveal()]).toEqual([1, "one", 2, "two"]);
    expect(underWay(start)).toEqual([
      [1, 1],
      [2, 1],
    ]);
    old.release({ tokens: 0 });
    expect(underWay(start)).toEqual([
      [1, 0],
      [2, 1],
    ]);
  });

  it("is overwritten when it is given back, and the held one is not", () => {
    const { store } = startRotation();
    const loan = borrow(store);
    loan.release({ tokens: 0 });

    expect(loan.secret.reveal()).toBe("\0\0\0");
    expect(lent(store)).toEqual([1, "one"]);
  });

  it("is not called back by a revocation without `now`, nor by a wipe", () => {
    const { store, commit } = startRotation();
    const called: string[] = [];
    borrow(store, () => called.push("borrower"));
    commit(store.planActivate({ name: "openai", version: 2 }));
    commit(store.planRevoke({ name: "openai", version: 1 }));
    commit(store.planRevoke({ name: "openai", now: false }));
    commit(store.planWipe());

    expect(called).toEqual([]);
  });

  it("is called back once by a revocation of its version with `now`; others go on", () => {
    const { store, commit } = startRotation();
    const called: string[] = [];
    const old = borrow(store, () => called.push("old"));
    commit(store.planActivate({ name: "openai", version: 2 }));
    borrow(store, () => called.push("new"));
    commit(store.planRevoke({ name: "openai", version: 1, now: true }));
    expect(called).toEqual(["old"]);

    old.release({ tokens: 0 });
    commit(store.planRevoke({ name: "openai", now: true }));
    expect(called).toEqual(["old", "new"]);
  });

  it("may be given back while it is called back, as an exchange that ends at once does", () => {
    const { store, commit } = startRotation();
    const loans: { release: (spent: { readonly tokens: number }) => void }[] = [];
    for (let count = 0; count < 3; count += 1) {
      loans.push(borrow(store, () => loans[count]?.release({ tokens: 1 })));
    }
    commit(store.planRevoke({ name: "openai", now: true }));
    commit(store.planPut({ ...PUT, version: 3 }));

    expect(store.status()[0]).toMatchObject({ usage: { requests: 3, tokens: 3 }, versions: [{ underWay: 0 }] });
  });

  it("can be called back when its key is gone already", () => {
    const { store, commit } = startRotation();
    const called: string[] = [];
    borrow(store, () => called.push("borrower"));
    commit(store.planRevoke({ name: "openai" }));
    expect(store.planRevoke({ name: "openai" }).code).toBe("unknown-key");
    expect(store.planRevoke({ name: "anthropic", now: true }).code).toBe("unknown-key");

    expect(commit(store.planRevoke({ name: "openai", now: true }))).toMatchObject({ active: null, changed: true });
    expect(called).toEqual(["borrower"]);
    expect(store.planRevoke({ name: "openai", now: true }).code).toBe("unknown-key");
  });

  it("is not called back before the commit, nor by a refused plan", () => {
    const { store } = startRotation();
    const called: string[] = [];
    borrow(store, () => called.push("borrower"));

    expect(store.planRevoke({ name: "openai", now: true }).code).toBe("ok");
    expect(store.planRevoke({ name: "openai", version: 1, now: true }).code).toBe("active-version");
    expect(called).toEqual([]);
  });
});

describe("a cap", () => {
  it("on requests refuses the one after the last, and says which cap it is", () => {
    const { store, put, commit } = startStore();
    commit(put(1, "one", { limits: { requestsPerDay: 2, tokensPerDay: 1000 } }));

    expect([lent(store), lent(store), lent(store)]).toEqual([[1, "one"], [1, "one"], "requests-spent"]);
    expect(store.status()[0]).toMatchObject({
      limits: { requestsPerDay: 2, tokensPerDay: 1000 },
      usage: { day: "2026-11-23", requests: 2, tokens: 0 },
    });
  });

  it("on tokens refuses new requests once it is reached; those under way go on", () => {
    const { store, put, commit } = startStore();
    commit(put(1, "one", { limits: { tokensPerDay: 100 } }));
    const [first, second] = [borrow(store), borrow(store)];
    expect([first.countsTokens, second.countsTokens]).toEqual([true, true]);
    first.release({ tokens: 99 });
    expect(lent(store)).toEqual([1, "one"]);
    second.release({ tokens: 1 });

    expect(lent(store)).toBe("tokens-spent");
  });

  it("does not ask for a count of tokens that nobody needs", () => {
    const { store, put, commit } = startStore();
    commit(put(1, "one", { limits: { requestsPerDay: 5 } }));

    expect(borrow(store).countsTokens).toBe(false);
  });

  it("begins anew with each UTC day", () => {
    const { store, clock, put, commit } = startStore();
    commit(put(1, "one", { limits: { requestsPerDay: 1 } }));
    expect([lent(store), lent(store)]).toEqual([[1, "one"], "requests-spent"]);

    clock.now = new Date("2026-11-23T23:59:59.999Z");
    expect(lent(store)).toBe("requests-spent");
    clock.now = new Date("2026-11-24T00:00:00.000Z");
    expect(store.status()[0]?.usage).toEqual({ day: "2026-11-24", requests: 0, tokens: 0 });
    expect(lent(store)).toEqual([1, "one"]);
  });

  it("is not lifted by a rotation, a revocation or a wipe on the same day", () => {
    const { store, put, commit } = startStore();
    const limits = { requestsPerDay: 1 };
    commit(put(1, "one", { limits }));
    lent(store);
    commit(put(2, "two"));
    commit(store.planActivate({ name: "openai", version: 2 }));
    expect(lent(store)).toBe("requests-spent");

    commit(store.planRevoke({ name: "openai" }));
    commit(put(3, "three", { limits }));
    expect(lent(store)).toBe("requests-spent");
    commit(store.planWipe());
    commit(put(3, "three", { limits }));
    expect(lent(store)).toBe("requests-spent");
  });

  it("stays when a put says nothing of it, changes with a put that does, and goes with an empty one", () => {
    const { store, put, commit } = startStore();
    commit(put(1, "one", { limits: { requestsPerDay: 1 } }));
    commit(put(2, "two"));
    expect(store.status()[0]?.limits).toEqual({ requestsPerDay: 1 });

    expect(commit(put(2, "two", { limits: { requestsPerDay: 9 } })).changed).toBe(true);
    expect(store.status()[0]?.limits).toEqual({ requestsPerDay: 9 });
    expect(commit(put(2, "two", { limits: { requestsPerDay: 9 } })).changed).toBe(false);
    expect(commit(put(2, "two", { limits: {} })).changed).toBe(true);
    expect(store.status()[0]?.limits).toBeNull();
  });

  it("comes after the end of the key: an expired key is expired", () => {
    const { store, put, commit } = startStore();
    commit(put(1, "one", { limits: { requestsPerDay: 1 }, notAfter: "2026-11-23T00:00:00Z" }));

    expect(lent(store)).toBe("key-expired");
  });
});
