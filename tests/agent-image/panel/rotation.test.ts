// SPDX-License-Identifier: Apache-2.0
import { loadPanelModule } from "../../support/panelModule.ts";

interface Key {
  readonly name: string;
  readonly provider: string;
  readonly active: number | null;
  readonly versions: readonly { readonly version: number }[];
}
type Call = (path: string, body: object) => Promise<unknown>;
interface Options {
  readonly version: number;
  readonly value: string;
  readonly onStep: (text: string) => void;
}
interface RotationModule {
  readonly valueFault: (value: string) => string;
  readonly nextVersion: (key: Key, seen: readonly { readonly name: string; readonly highest: number }[]) => number;
  readonly rotate: (call: Call, key: Key, options: Options) => Promise<unknown>;
}
const { valueFault, nextVersion, rotate } = await loadPanelModule<RotationModule>("rotation.js");

const KEY: Key = { name: "openai", provider: "openai", active: 2, versions: [{ version: 1 }, { version: 2 }] };

/** A daemon that takes every call and fails at one path. */
function daemon(failing = ""): { readonly call: Call; readonly calls: unknown[]; readonly steps: string[] } {
  const calls: unknown[] = [];
  const call: Call = (path, body) => {
    calls.push([path, body]);
    if (path === failing) return Promise.reject(new Error("access denied"));
    return Promise.resolve({ version: 3, fingerprint: "f".repeat(16), auditSequence: 10 + calls.length });
  };
  return { call, calls, steps: [] };
}

const run = ({ call, steps }: ReturnType<typeof daemon>, key = KEY): Promise<unknown> =>
  rotate(call, key, { version: 3, value: "sk-new", onStep: (text) => steps.push(text) });

describe("the next version", () => {
  it("is above all that is held and all that was ever seen", () => {
    expect(nextVersion(KEY, [])).toBe(3);
    expect(nextVersion(KEY, [{ name: "openai", highest: 9 }])).toBe(10);
    expect(nextVersion(KEY, [{ name: "other", highest: 99 }])).toBe(3);
    expect(nextVersion({ ...KEY, versions: [] }, [])).toBe(1);
  });
});

describe("a typed value", () => {
  it.each([
    ["sk-abc_DEF.123~!", ""],
    ["a".repeat(4096), ""],
    ["", "Type the new value."],
    ["a".repeat(4097), "A key has at most 4096 characters."],
    ["two words", "A key has letters, digits and signs only, no spaces."],
    ["schlüssel", "A key has letters, digits and signs only, no spaces."],
    ["sk\u200b", "A key has letters, digits and signs only, no spaces."],
  ])("%# is judged before it is sent", (value, fault) => expect(valueFault(value)).toBe(fault));
});

describe("a rotation", () => {
  it("puts, activates, and only then revokes what was active", async () => {
    const world = daemon();
    expect(await run(world)).toEqual({ version: 3, fingerprint: "f".repeat(16), entries: [11, 12, 13], leftOver: "" });
    expect(world.calls).toEqual([
      ["/v1/keys/put", { name: "openai", provider: "openai", version: 3, value: "sk-new" }],
      ["/v1/keys/activate", { name: "openai", version: 3 }],
      ["/v1/keys/revoke", { name: "openai", version: 2 }],
    ]);
    expect(world.steps).toEqual(["Sending version 3…", "Activating version 3…", "Revoking version 2…"]);
  });

  it.each(["/v1/keys/put", "/v1/keys/activate"])("that fails at %s leaves the old version in use", async (path) => {
    const world = daemon(path);
    await expect(run(world)).rejects.toThrow("access denied");
    expect(world.calls).not.toContainEqual(["/v1/keys/revoke", expect.anything()]);
  });

  it("that cannot revoke the old version says what is left over", async () => {
    expect(await run(daemon("/v1/keys/revoke"))).toMatchObject({
      ...{ version: 3, entries: [11, 12], leftOver: "Version 2 is still held, not active: access denied." },
    });
  });

  it("of a key without an active version revokes nothing", async () => {
    const world = daemon();
    expect(await run(world, { ...KEY, active: null })).toMatchObject({ entries: [11, 12], leftOver: "" });
  });
});
