// SPDX-License-Identifier: Apache-2.0
import { VersionMemory } from "../../../agent-image/daemon/versionMemory.ts";

type Noted = Parameters<VersionMemory["note"]>[0];
const AT = "2026-11-23T00:00:00.000Z";
const BY = { name: "laptop.lab.example", nodeId: "nOPERATOR" };
const put = (version: number, key = "openai", more: Partial<Noted> = {}): Noted => ({
  ...{ action: "put", key, version, allowed: true, time: AT, caller: BY },
  ...more,
});
const revoke = (version: number | null): Noted => ({ ...put(1), action: "revoke", version });

function after(...entries: readonly Noted[]): VersionMemory {
  const memory = new VersionMemory();
  for (const entry of entries) memory.note(entry);
  return memory;
}

describe("VersionMemory", () => {
  it("has nothing against a key that it never saw", () => {
    expect(after().judge("openai", 1)).toBeUndefined();
    expect(after(put(5, "anthropic")).judge("openai", 1)).toBeUndefined();
  });

  it("refuses what is below the highest, and takes the highest again", () => {
    const memory = after(put(5), put(3));

    expect([memory.judge("openai", 4), memory.judge("openai", 5), memory.judge("openai", 6)]).toEqual([
      "stale-version",
      undefined,
      undefined,
    ]);
  });

  it("refuses a revoked version for good", () => {
    expect(after(put(5), revoke(5)).judge("openai", 5)).toBe("revoked-version");
    expect(after(put(4), put(5), revoke(4)).judge("openai", 5)).toBeUndefined();
  });

  it("refuses all versions up to the highest once the key was revoked as a whole", () => {
    const memory = after(put(4), put(5), revoke(null), put(6));

    expect([4, 5, 6].map((version) => memory.judge("openai", version))).toEqual([
      "revoked-version",
      "revoked-version",
      undefined,
    ]);
  });

  it("tells the highest version of each key by name, whatever became of it", () => {
    expect(after().highest()).toEqual([]);
    expect(after(put(5), put(3), put(2, "anthropic"), revoke(5), revoke(null)).highest()).toEqual([
      { name: "anthropic", highest: 2 },
      { name: "openai", highest: 5 },
    ]);
  });

  it("learns nothing from requests that were refused or are about no key", () => {
    const memory = after({ ...put(5), allowed: false }, { ...put(5), key: null }, { ...revoke(1), allowed: false });

    expect(memory.judge("openai", 1)).toBeUndefined();
    expect(memory.highest()).toEqual([]);
  });

  it("tells who put the highest version, or a certain one", () => {
    const memory = after(
      put(4),
      put(5, "openai", { caller: { name: "", nodeId: "nOTHER" }, time: "2026-11-24T00:00:00Z" }),
    );

    expect(memory.winner("openai")).toEqual({ version: 5, by: "nOTHER", at: "2026-11-24T00:00:00Z" });
    expect(memory.winner("openai", 4)).toEqual({ version: 4, by: "laptop.lab.example", at: AT });
    expect([memory.winner("openai", 3), memory.winner("anthropic")]).toEqual([undefined, undefined]);
  });

  it("tells the last put of a version that came back after a restart", () => {
    const again = put(5, "openai", { caller: { name: "ci.lab.example", nodeId: "nCI" } });

    expect(after(put(5), again).winner("openai")?.by).toBe("ci.lab.example");
    expect(after(put(5), { ...again, allowed: false }).winner("openai")?.by).toBe("laptop.lab.example");
  });

  it("names nobody for what was revoked", () => {
    expect(after(put(4), put(5), revoke(5)).winner("openai", 5)).toBeUndefined();
    expect(after(put(4), put(5), revoke(5)).winner("openai", 4)?.version).toBe(4);
    expect(after(put(4), put(5), revoke(null)).winner("openai")).toBeUndefined();
  });
});
