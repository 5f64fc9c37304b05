// SPDX-License-Identifier: Apache-2.0
import { inputsOf, planCreate, planUpdate } from "../../../../lab/providers/bridge/planOutputs.ts";
import type { ResourceSchema } from "../../../../lab/providers/bridge/resourceSchema.ts";
import { UNKNOWN } from "../../../../lab/providers/engine/propertyValue.ts";

const schema: ResourceSchema = {
  name: { shape: "string", autoName: true },
  region: { shape: "string", computed: true },
  backups: { shape: "boolean", default: false },
  resizeDisk: { shape: "boolean", default: true },
  reusable: { shape: "boolean", planned: false },
  secretHash: { shape: "string", stored: (text) => `#${text}` },
  tags: { shape: { set: "string" } },
  note: { shape: "string" },
  status: { shape: "string", outputOnly: true },
};

describe("planCreate", () => {
  it("knows the inputs and the planned values, and leaves to the cloud what it chooses", () => {
    expect(planCreate(schema, { name: "a1", secretHash: "s", __defaults: [] })).toEqual({
      name: "a1",
      secretHash: "#s",
      reusable: false,
      region: UNKNOWN,
      status: UNKNOWN,
    });
    expect(planCreate(schema, { region: "nyc3", secretHash: UNKNOWN })).toMatchObject({
      region: "nyc3",
      secretHash: UNKNOWN,
    });
  });
});

describe("planUpdate", () => {
  it("keeps what the cloud chose and drops inputs that are no longer given", () => {
    const outputs = { name: "a1", region: "nyc3", note: "old", reusable: true, status: "active" };
    expect(planUpdate(schema, outputs, { name: "a2", __defaults: [] })).toEqual({
      name: "a2",
      region: "nyc3",
      reusable: false,
      status: "active",
    });
  });
});

describe("inputsOf", () => {
  const outputs = { name: "a1", region: "nyc3", secretHash: "#s", tags: ["b", "a"], backups: true, status: "active" };

  it("keeps old inputs as they were written and puts drifted values in", () => {
    const old = { name: "a1", secretHash: "s", tags: ["a", "b"], backups: false, __defaults: ["backups"] };
    expect(inputsOf(schema, outputs, old)).toEqual({ ...old, backups: true });
    expect(inputsOf(schema, { ...outputs, secretHash: "#t" }, old)).toMatchObject({ secretHash: "#t" });
  });

  it("takes from an import all inputs that differ from their defaults", () => {
    expect(inputsOf(schema, { ...outputs, resizeDisk: true, note: "", backups: false }, {})).toEqual({
      name: "a1",
      region: "nyc3",
      secretHash: "#s",
      tags: ["b", "a"],
      __defaults: [],
    });
  });
});
