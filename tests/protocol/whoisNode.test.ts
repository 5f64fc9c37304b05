// SPDX-License-Identifier: Apache-2.0
import fc from "fast-check";
import { readWhoisNode } from "../../protocol/whoisNode.ts";

const raw = {
  StableID: "nADA",
  Name: "ada.tailnet.example.",
  Addresses: ["100.64.0.7/32", "fd7a::7/128"],
  Tags: ["tag:agent"],
  Cap: 130,
};

describe("readWhoisNode", () => {
  it("reads a tagged node and passes over what it does not know", () => {
    expect(readWhoisNode(raw, "Node")).toEqual({
      nodeId: "nADA",
      name: "ada.tailnet.example",
      tags: ["tag:agent"],
      addresses: ["100.64.0.7", "fd7a::7"],
      isShared: false,
      isExpired: false,
    });
  });

  it.each([
    ["absent", { Tags: undefined }],
    ["null", { Tags: null }],
    ["empty", { Tags: [] }],
  ])("takes %s tags for none", (_what, change) => {
    expect(readWhoisNode({ ...raw, ...change }, "Node").tags).toEqual([]);
  });

  it("tells a node of another tailnet by its sharer", () => {
    expect(readWhoisNode({ ...raw, Sharer: 12 }, "Node").isShared).toBe(true);
    expect(readWhoisNode({ ...raw, Sharer: 0 }, "Node").isShared).toBe(false);
  });

  it("tells an expired node", () => {
    expect(readWhoisNode({ ...raw, Expired: true }, "Node").isExpired).toBe(true);
  });

  it.each([
    ["no node ID", { StableID: undefined }, "Node.StableID"],
    ["an empty node ID", { StableID: "" }, "Node.StableID"],
    ["a node ID with a slash", { StableID: "n/1" }, "Node.StableID"],
    ["no addresses", { Addresses: undefined }, "Node.Addresses"],
    ["tags that are no list", { Tags: "tag:agent" }, "Node.Tags"],
    ["a sharer that is no number", { Sharer: "12" }, "Node.Sharer"],
    ["an expiry that is no boolean", { Expired: 1 }, "Node.Expired"],
  ])("refuses %s and names the place", (_what, change, place) => {
    expect(() => readWhoisNode({ ...raw, ...change }, "Node")).toThrow(place);
  });

  it("makes no identity of anything else", () => {
    fc.assert(fc.property(fc.anything(), (value) => expect(() => readWhoisNode(value, "Node")).toThrow()));
  });
});
