// SPDX-License-Identifier: Apache-2.0
import { type BridgedPackage, bridgedProvider } from "../../../../lab/providers/bridge/bridgedProvider.ts";
import { asText, type PropertyMap, UNKNOWN } from "../../../../lab/providers/engine/propertyValue.ts";
import { providerOperation } from "../../../support/providerOperation.ts";

const TYPE = "toys:index/toy:Toy";

/** A package with one resource and one function; `calls` records what reached the cloud. */
function toys() {
  const calls: string[] = [];
  const call = (name: string, ...details: unknown[]) => void calls.push([name, ...details].map(String).join(" "));
  const bridged: BridgedPackage<string> = {
    name: "toys",
    version: "1.2.3",
    connect: ({ token }) => `client of ${asText(token)}`,
    resources: {
      [TYPE]: {
        schema: {
          size: { shape: "number" },
          place: { shape: "string", computed: true },
          made: { shape: "string", outputOnly: true },
        },
        plan: ({ size }) => {
          if (size === 13) throw new Error("13 is not made");
        },
        create: (client, { size }) => {
          call("create", client, size);
          return Promise.resolve({ id: "t1", outputs: { size, made: "now" } });
        },
        read: (client, { id, outputs }) => {
          call("read", client, id);
          return Promise.resolve(id === "gone" ? undefined : { ...outputs, size: 5 });
        },
        update: (client, { id }, { size }) => {
          call("update", client, id, size);
          return Promise.resolve({ size });
        },
        delete: (client, { id }) => {
          call("delete", client, id);
          return Promise.resolve();
        },
      },
    },
    functions: {
      "toys:index/count:count": {
        schema: { kind: { shape: "string", required: true } },
        call: (_client, { kind }) => Promise.resolve({ kind, count: 3 }),
      },
    },
  };
  const provider = bridgedProvider(bridged);
  provider.configure({ token: "x" });
  return { provider, calls, bridged };
}

const operation = (preview = false) => providerOperation({ type: TYPE, name: "toy", preview });
const change = (inputs: PropertyMap) => ({
  ...{ id: "t1", outputs: { size: 1, place: "here", made: "now" }, oldInputs: { size: 1 }, inputs, ignoreChanges: [] },
});

describe("bridgedProvider", () => {
  it("does nothing in a preview but plan", async () => {
    const { provider, calls } = toys();
    const made = await provider.create(operation(true), { size: 1 });
    expect(made.outputs).toEqual({ size: 1, place: UNKNOWN, made: UNKNOWN });
    expect(await provider.update(operation(true), change({ size: 2 }))).toEqual({
      size: 2,
      place: "here",
      made: "now",
    });
    expect(calls).toEqual([]);
  });

  it("calls the cloud with the configured client otherwise", async () => {
    const { provider, calls } = toys();
    expect(await provider.create(operation(), { size: 1 })).toEqual({ id: "t1", outputs: { size: 1, made: "now" } });
    expect(await provider.update(operation(), change({ size: 2 }))).toEqual({ size: 2 });
    await provider.delete(operation(), { id: "t1", outputs: {} });
    expect(calls).toEqual(["create client of x 1", "update client of x t1 2", "delete client of x t1"]);
  });

  it("reads drift into outputs and inputs, and nothing of what is gone", async () => {
    const { provider } = toys();
    const state = { id: "t1", outputs: { size: 1, made: "now" } };
    expect(await provider.read(operation(), state, { size: 1, __defaults: [] })).toEqual({
      ...{ id: "t1", outputs: { size: 5, made: "now" }, inputs: { size: 5, __defaults: [] } },
    });
    expect(await provider.read(operation(), { ...state, id: "gone" }, {})).toBeUndefined();
  });

  it("refuses in diff, create and update what the plan refuses, before anything is called", async () => {
    const { provider, calls } = toys();
    expect(() => provider.diff(operation(), change({ size: 13 }))).toThrow("13 is not made");
    await expect(provider.create(operation(), { size: 13 })).rejects.toThrow("13 is not made");
    await expect(provider.create(operation(true), { size: 13 })).rejects.toThrow("13 is not made");
    await expect(provider.update(operation(), change({ size: 13 }))).rejects.toThrow("13 is not made");
    expect(calls).toEqual([]);
  });

  it("checks the arguments of a function", async () => {
    const { provider } = toys();
    expect(await provider.invoke("toys:index/count:count", { kind: "a" })).toEqual({
      ...{ failures: [], result: { kind: "a", count: 3 } },
    });
    expect(await provider.invoke("toys:index/count:count", { sort: "a" })).toEqual({
      result: {},
      failures: [
        { property: "sort", reason: "this resource type has no such input" },
        { property: "kind", reason: "missing required input" },
      ],
    });
  });

  it("names what it has when asked for something else", async () => {
    const { provider } = toys();
    const other = providerOperation({ type: "toys:index/box:Box" });
    expect(() => provider.diff(other, change({}))).toThrow(
      `cannot handle resource type "toys:index/box:Box": the lab's stand-in for provider toys has only: ${TYPE}`,
    );
    await expect(provider.invoke("toys:index/x:x", {})).rejects.toThrow('cannot handle function "toys:index/x:x"');
  });

  it("refuses to work before it is configured", async () => {
    const provider = bridgedProvider(toys().bridged);
    await expect(provider.create(operation(), {})).rejects.toThrow('provider "toys" is not configured');
  });
});
