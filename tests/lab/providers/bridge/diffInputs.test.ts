// SPDX-License-Identifier: Apache-2.0
import { diffInputs } from "../../../../lab/providers/bridge/diffInputs.ts";
import type { ResourceSchema } from "../../../../lab/providers/bridge/resourceSchema.ts";
import { type PropertyMap, UNKNOWN } from "../../../../lab/providers/engine/propertyValue.ts";

const schema: ResourceSchema = {
  name: { shape: "string", autoName: true },
  image: { shape: "string", replaces: true },
  region: { shape: "string", computed: true, replaces: true },
  note: { shape: "string" },
  secretHash: { shape: "string", replaces: true, stored: (text) => `#${text}` },
  tags: { shape: { set: "string" }, folded: (tag) => tag.toLowerCase() },
  status: { shape: "string", outputOnly: true },
};

function diff(outputs: PropertyMap, inputs: PropertyMap, ignoreChanges: readonly string[] = []) {
  const request = { id: "1", outputs, inputs: { __defaults: ["name"], ...inputs }, oldInputs: {}, ignoreChanges };
  return diffInputs(schema, request);
}

const change = (outputs: PropertyMap, inputs: PropertyMap) => Object.fromEntries(diff(outputs, inputs).changes);

describe("diffInputs", () => {
  it("sees no change where nothing changed", () => {
    const outputs = { image: "1", region: "nyc3", secretHash: "#s", tags: ["A", "b"], status: "off", note: "" };
    expect(change(outputs, { image: "1", secretHash: "s", tags: ["B", "a"] })).toEqual({});
  });

  it("replaces for some inputs and updates for others", () => {
    expect(change({ image: "1", note: "x" }, { image: "2", note: "y" })).toEqual({
      image: { kind: "update", replace: true },
      note: { kind: "update", replace: false },
    });
    expect(change({}, { image: "2" })).toEqual({ image: { kind: "add", replace: true } });
    expect(change({ note: "x" }, {})).toEqual({ note: { kind: "delete", replace: false } });
  });

  it("keeps what the cloud chose when the input is unset", () => {
    expect(change({ region: "nyc3" }, {})).toEqual({});
    expect(change({ region: "nyc3" }, { region: "ams3" })).toEqual({ region: { kind: "update", replace: true } });
  });

  it("compares the kept digest with the digest of the input, and old states' full text with the text", () => {
    expect(change({ secretHash: "#s" }, { secretHash: "t" })).toEqual({
      secretHash: { kind: "update", replace: true },
    });
    expect(change({ secretHash: "s" }, { secretHash: "s" })).toEqual({});
  });

  it("takes an unknown value for a change, at any depth", () => {
    expect(change({ image: "1", tags: ["a"] }, { image: UNKNOWN, tags: ["a", UNKNOWN] })).toEqual({
      image: { kind: "update", replace: true },
      tags: { kind: "update", replace: false },
    });
  });

  it("sees one more or one less of a set, but not a new order", () => {
    expect(change({ tags: ["a", "b"] }, { tags: ["a"] })).toHaveProperty("tags");
    expect(change({ tags: ["a"] }, { tags: ["a", "b"] })).toHaveProperty("tags");
    expect(change({ tags: ["a", "b"] }, { tags: ["b", "a"] })).toEqual({});
  });

  it("ignores the changes it is told to ignore and no others", () => {
    const ignoring = (path: string) => [...diff({ image: "1", note: "x" }, { image: "2" }, [path]).changes.keys()];
    expect(ignoring("image")).toEqual(["note"]);
    expect(ignoring("image[0]")).toEqual(["note"]);
    expect(ignoring("image.deep")).toEqual(["note"]);
    expect(ignoring("imag")).toEqual(["image", "note"]);
  });

  it("wants the old resource gone first only when the program gave the name", () => {
    expect(diff({ image: "1" }, { image: "2", name: "a1-1234567" }).deleteBeforeReplace).toBe(false);
    expect(diff({ image: "1" }, { image: "2", name: "mine", __defaults: [] }).deleteBeforeReplace).toBe(true);
  });
});
