// SPDX-License-Identifier: Apache-2.0
import { checkInputs, isDefaulted } from "../../../../lab/providers/bridge/checkInputs.ts";
import type { ResourceSchema } from "../../../../lab/providers/bridge/resourceSchema.ts";
import { type PropertyMap, UNKNOWN } from "../../../../lab/providers/engine/propertyValue.ts";

const schema: ResourceSchema = {
  name: { shape: "string", autoName: true },
  size: { shape: "string", required: true },
  backups: { shape: "boolean", default: false },
  count: { shape: "number" },
  tags: { shape: { set: "string" }, refuse: (tag) => (tag === "bad tag" ? "no spaces" : undefined) },
  rules: { shape: { set: { object: { protocol: { shape: "string", required: true }, ports: { shape: "string" } } } } },
  status: { shape: "string", outputOnly: true },
};

function check(inputs: PropertyMap, oldInputs: PropertyMap = {}, seed = new Uint8Array()) {
  return checkInputs(schema, "a1", { inputs, oldInputs, seed });
}

describe("checkInputs", () => {
  it("fills in defaults and a generated name, and says which inputs these are", () => {
    const { inputs, failures } = check({ size: "small" });
    expect(failures).toEqual([]);
    expect(inputs).toEqual({
      name: expect.stringMatching(/^a1-[0-9a-f]{7}$/),
      size: "small",
      backups: false,
      __defaults: ["backups", "name"],
    });
    expect(isDefaulted(inputs, "backups")).toBe(true);
    expect(isDefaulted(inputs, "size")).toBe(false);
    expect(isDefaulted({}, "size")).toBe(false);
  });

  it("generates the same name from the same seed and another one from another", () => {
    const name = (seed: number[]) => check({ size: "s" }, {}, Uint8Array.from(seed)).inputs["name"];
    expect(name([1, 2])).toBe(name([1, 2]));
    expect(name([1, 2])).not.toBe(name([1, 3]));
    expect(check({ size: "s" }).inputs["name"]).not.toBe(check({ size: "s" }).inputs["name"]);
  });

  it("keeps a generated name, but does not take over one that the program had given", () => {
    const old = check({ size: "small" }).inputs;
    expect(check({ size: "large" }, old).inputs["name"]).toBe(old["name"]);
    const given = check({ size: "small", name: "mine" }).inputs;
    expect(given["__defaults"]).toEqual(["backups"]);
    expect(check({ size: "small" }, given).inputs["name"]).toMatch(/^a1-[0-9a-f]{7}$/);
  });

  it("reports every problem with its path", () => {
    const inputs = {
      sise: "small",
      status: "active",
      count: "1",
      backups: "yes",
      tags: ["ok", "bad tag"],
      rules: [{ protocol: "tcp" }, { ports: 1, prot: "x" }, "tcp"],
    };
    expect(check(inputs).failures).toEqual([
      { property: "sise", reason: "this resource type has no such input" },
      { property: "status", reason: "this is an output and cannot be set" },
      { property: "count", reason: "expected a number, got a string" },
      { property: "backups", reason: "expected a boolean, got a string" },
      { property: "tags", reason: "no spaces" },
      { property: "rules[1].ports", reason: "expected a string, got a number" },
      { property: "rules[1].prot", reason: "this resource type has no such input" },
      { property: "rules[1].protocol", reason: "missing required input" },
      { property: "rules[2]", reason: "expected an object, got a string" },
      { property: "size", reason: "missing required input" },
    ]);
  });

  it("accepts unknown values anywhere and treats null as not given", () => {
    const { inputs, failures } = check({ size: UNKNOWN, tags: [UNKNOWN], rules: UNKNOWN, count: null, backups: null });
    expect(failures).toEqual([]);
    expect(inputs).toMatchObject({ size: UNKNOWN, tags: [UNKNOWN], rules: UNKNOWN, backups: false });
    expect(inputs).not.toHaveProperty("count");
  });

  it("wants a list where a list belongs", () => {
    expect(check({ size: "s", tags: "a", rules: null }).failures).toEqual([
      { property: "tags", reason: "expected a list, got a string" },
    ]);
    expect(check({ size: "s", tags: [null] }).failures).toEqual([
      { property: "tags[0]", reason: "expected a string, got a null" },
    ]);
  });
});
